// Vercel's AI SDK. Prints what it has seen as JSON; tests/sdk/test_sdk_node.py says what that must be.

import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { generateText, Output, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";

globalThis.AI_SDK_LOG_WARNINGS = (warnings) => console.error(JSON.stringify(warnings)); // standard output is for the result
const [baseURL, apiKey, name, dialect] = process.argv.slice(2);
const provider = dialect === "openai" ? createOpenAI : createAnthropic;
const made = provider({ baseURL: `${baseURL}/v1`, apiKey });
const of = (model) => (dialect === "openai" ? made.chat(model) : made(model));
const model = of(name);
const prompt = "Hello, who are you?";
const maxRetries = 0;

const generated = await generateText({ model, prompt, maxRetries });
const streamed = streamText({ model, prompt, maxRetries });
let text = "";
for await (const piece of streamed.textStream) text += piece;

const weather = tool({
  description: "the weather",
  inputSchema: z.object({ city: z.string() }),
  execute: async () => "rain",
});
const called = streamText({
  model,
  prompt: "What is the weather?",
  tools: { get_weather: weather },
  stopWhen: stepCountIs(3),
  maxRetries,
});
const schema = z.object({ name: z.string(), age: z.number().int() });
const fitted = await generateText({ model, prompt: "Who is 42?", output: Output.object({ schema }), maxRetries });

async function failure(story) {
  let seen = "no error";
  const broken = streamText({ model: of(`${name}-${story}-vercel`), prompt, maxRetries, onError: ({ error }) => (seen = error.message ?? String(error)) });
  await broken.consumeStream();
  return seen;
}

console.log(
  JSON.stringify({
    generated: generated.text,
    finishReason: generated.finishReason,
    streamed: text,
    counted: (await streamed.usage).outputTokens > 0,
    tools: await called.text,
    schema: fitted.output,
    invalid: await failure("invalid"),
    cut: await failure("cut"),
  }),
);
