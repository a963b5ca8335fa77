// Answers that one target began and another finished, as Node's clients gather them. Prints them as JSON; see test_sdk_seams.py.

import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import Anthropic from "@anthropic-ai/sdk";
import { streamText } from "ai";
import OpenAI from "openai";

globalThis.AI_SDK_LOG_WARNINGS = (warnings) => console.error(JSON.stringify(warnings)); // standard output is for the result
const [baseURL, apiKey, first, second, third, fourth] = process.argv.slice(2);
const content = "Que s'est-il passé ?";
const messages = [{ role: "user", content }];
const maxRetries = 0;

async function openai(model) {
  const client = new OpenAI({ baseURL: `${baseURL}/v1`, apiKey, maxRetries });
  const stream = client.chat.completions.stream({ model, messages, stream_options: { include_usage: true } });
  const seams = [];
  stream.on("chunk", (chunk) => chunk.sanspanne && seams.push(chunk.sanspanne.seam.means));
  const answer = await stream.finalChatCompletion();
  const [choice] = answer.choices;
  return { text: choice.message.content, stop: choice.finish_reason, counted: answer.usage.completion_tokens > 0, seams };
}

async function anthropic(model) {
  const client = new Anthropic({ baseURL, apiKey, maxRetries });
  const message = await client.messages.stream({ model, max_tokens: 1000, messages }).finalMessage();
  const blocks = message.content.map((block) => block.type);
  return { text: message.content[0].text, stop: message.stop_reason, counted: message.usage.output_tokens > 0, blocks };
}

async function vercel(model) {
  const streamed = streamText({ model, prompt: content, maxRetries, onError: ({ error }) => console.error(error) });
  let text = "";
  for await (const piece of streamed.textStream) text += piece;
  return { text, stop: await streamed.finishReason, counted: (await streamed.usage).outputTokens > 0 };
}

const settings = { baseURL: `${baseURL}/v1`, apiKey };
console.log(
  JSON.stringify({
    openai: await openai(first),
    anthropic: await anthropic(second),
    vercelOpenai: await vercel(createOpenAI(settings).chat(third)),
    vercelAnthropic: await vercel(createAnthropic(settings)(fourth)),
  }),
);
