// How a script tells the test beside it what it does, and has the twins' people act.
'use strict';

const control = process.env.TWIN_CONTROL;

async function tell(path, body) {
  const answer = await fetch(control + path, { method: 'POST', body: JSON.stringify(body ?? null) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  const text = await answer.text();
  return text ? JSON.parse(text) : null;
}

// op runs one operation and reports what the client made of the answer.
async function op(name, run) {
  await tell('/begin', { name });
  let seen;
  let value;
  try {
    value = await run();
    seen = { result: value === undefined ? null : value };
  } catch (e) {
    seen = { error: failure(e) };
  }
  await tell('/end', seen);
  return value;
}

// act is something that a person or time does at the twins: act('expire-sessions').
async function act(name, argument) {
  const answer = await tell('/act/' + name, argument);
  if (name === 'advance') setTime(answer);
  return answer;
}

// failure is what a client threw, without its stack. xero-node throws JSON text.
function failure(e) {
  if (typeof e === 'string') {
    const { response, body } = JSON.parse(e);
    const headers = Object.fromEntries(
      ['retry-after', 'x-rate-limit-problem', 'www-authenticate']
        .filter((h) => response.headers?.[h] !== undefined)
        .map((h) => [h, response.headers[h]]));
    return { status: response.statusCode, headers, body };
  }
  const { name, errorCode, message, error, error_description, data } = e;
  return { name, errorCode, message: error ? undefined : message, error, error_description, fields: data?.fields };
}

// pick keeps the named members of an object or of each in a list, so that logs stay readable.
function pick(from, ...names) {
  if (Array.isArray(from)) return from.map((e) => pick(e, ...names));
  return Object.fromEntries(names.filter((n) => from?.[n] !== undefined).map((n) => [n, from[n]]));
}

module.exports = { op, act, pick };
