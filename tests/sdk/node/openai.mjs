// OpenAI's client for Node. Prints what it has seen as JSON; tests/sdk/test_sdk_node.py says what that must be.

import OpenAI from "openai";

const [baseURL, apiKey, model] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${baseURL}/v1`, apiKey, maxRetries: 0 });
const QUESTION = [{ role: "user", content: "Hello, who are you?" }];
const WEATHER = {
  type: "function",
  function: {
    name: "get_weather",
    description: "the weather",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};

async function whole() {
  const { data, response } = await client.chat.completions.create({ model, messages: QUESTION }).withResponse();
  return {
    text: data.choices[0].message.content,
    target: response.headers.get("x-sanspanne-target"),
    requestId: Boolean(data._request_id),
  };
}

async function stream() {
  const options = { include_usage: true };
  const chunks = await client.chat.completions.create({ model, messages: QUESTION, stream: true, stream_options: options });
  let text = "";
  let usage = null;
  for await (const chunk of chunks) {
    text += chunk.choices[0]?.delta?.content ?? "";
    usage = chunk.usage ?? usage;
  }
  return { text, counted: usage.completion_tokens > 0 };
}

async function accumulated() {
  return (await client.chat.completions.stream({ model, messages: QUESTION }).finalContent()) ?? null;
}

async function tools() {
  const runner = client.chat.completions.runTools({
    model,
    messages: [{ role: "user", content: "What is the weather?" }],
    stream: true,
    tools: [{ ...WEATHER, function: { ...WEATHER.function, function: () => "rain", parse: JSON.parse } }],
  });
  return runner.finalContent();
}

async function schema() {
  const properties = { name: { type: "string" }, age: { type: "integer" } };
  const parsed = await client.chat.completions.parse({
    model,
    messages: [{ role: "user", content: "Who is 42?" }],
    response_format: {
      type: "json_schema",
      json_schema: {
        name: "person",
        strict: true,
        schema: { type: "object", properties, required: ["name", "age"], additionalProperties: false },
      },
    },
  });
  return JSON.parse(parsed.choices[0].message.content);
}

async function failure(story) {
  try {
    const chunks = await client.chat.completions.create({ model: `${model}-${story}-node`, messages: QUESTION, stream: true });
    for await (const chunk of chunks) void chunk;
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
  }),
);
