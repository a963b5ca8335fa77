// Anthropic's client for Node. Prints what it has seen as JSON; tests/sdk/test_sdk_node.py says what that must be.

import Anthropic from "@anthropic-ai/sdk";

const [baseURL, apiKey, model] = process.argv.slice(2);
const client = new Anthropic({ baseURL, apiKey, maxRetries: 0 });
const QUESTION = { model, max_tokens: 1000, messages: [{ role: "user", content: "Hello, who are you?" }] };
const WEATHER = {
  name: "get_weather",
  description: "the weather",
  input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};

async function whole() {
  const { data, response } = await client.messages.create(QUESTION).withResponse();
  return {
    text: data.content[0].text,
    target: response.headers.get("x-sanspanne-target"),
    requestId: Boolean(data._request_id),
  };
}

async function stream() {
  let text = "";
  let counted = false;
  for await (const event of await client.messages.create({ ...QUESTION, stream: true })) {
    if (event.type === "content_block_delta") text += event.delta.text;
    if (event.type === "message_delta") counted = event.usage.output_tokens > 0;
  }
  return { text, counted };
}

async function accumulated() {
  return client.messages.stream(QUESTION).finalText();
}

async function tools() {
  const messages = [{ role: "user", content: "What is the weather?" }];
  const asked = { ...QUESTION, tools: [WEATHER] };
  const called = await client.messages.stream({ ...asked, messages }).finalMessage();
  const call = called.content.find((block) => block.type === "tool_use");
  const result = { type: "tool_result", tool_use_id: call.id, content: "rain" };
  const turns = [...messages, { role: "assistant", content: called.content }, { role: "user", content: [result] }];
  return client.messages.stream({ ...asked, messages: turns }).finalText();
}

async function schema() {
  const properties = { name: { type: "string" }, age: { type: "integer" } };
  const format = {
    type: "json_schema",
    schema: { type: "object", properties, required: ["name", "age"], additionalProperties: false },
  };
  const messages = [{ role: "user", content: "Who is 42?" }];
  const message = await client.messages.create({ ...QUESTION, messages, output_config: { format } });
  return JSON.parse(message.content[0].text);
}

async function failure(story) {
  try {
    await client.messages.stream({ ...QUESTION, model: `${model}-${story}-node` }).finalMessage();
    return "no error";
  } catch (error) {
    return error.constructor.name;
  }
}

const models = [];
for await (const listed of client.models.list()) models.push(listed.id);

console.log(
  JSON.stringify({
    whole: await whole(),
    stream: await stream(),
    accumulated: await accumulated(),
    tools: await tools(),
    schema: await schema(),
    invalid: await failure("invalid"),
    cut: await failure("cut"),
    models,
    counted: (await client.messages.countTokens({ model, messages: QUESTION.messages })).input_tokens > 0,
  }),
);
