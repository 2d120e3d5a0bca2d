// An application on Telnyx's SDK for Node: answers whoever calls, calls somebody meanwhile, and hangs up on both.
//
// node node_application.mjs PORT CALLEE       with TELNYX_BASE_URL, TELNYX_API_KEY and TELNYX_PUBLIC_KEY from `serve`
//
// Each line that it prints is an array of JSON: what happened, and about what. It ends with the incoming call.
import { createServer } from 'node:http';
import Telnyx from 'telnyx';

const [port, callee] = process.argv.slice(2);
const client = new Telnyx({ maxRetries: 0 });
const tell = (...what) => console.log(JSON.stringify(what));
let caller;
let called;

// What is done about an event of a call of this direction.
const acts = {
  'incoming call.initiated': async (call) => {
    caller = call.call_control_id;
    tell('answer', (await client.calls.actions.answer(caller, { client_state: btoa('caller') })).data.result);
  },
  'incoming call.answered': async (call) => {
    const { connection_id, to } = call;
    const dialed = await client.calls.dial({ connection_id, from: to, to: callee });
    called = dialed.data.call_control_id;
    tell('dial', dialed.data.record_type, dialed.data.is_alive);
  },
  'outgoing call.answered': async () => {
    tell('hangup', (await client.calls.actions.hangup(called, {})).data.result);
  },
  'outgoing call.hangup': async () => {
    const refused = await client.calls.actions.hangup(called, {}).catch((error) => error);
    tell('refused', refused.constructor.name, refused.status, refused.errors ?? refused.error.errors);
    await client.calls.actions.hangup(caller, {});
  },
  'incoming call.hangup': async () => server.close(),
};

// `toString()` writes one letter for whatever is no UTF-8: other bytes than those that were signed would verify.
const exactly = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

async function take(bytes, headers) {
  let event;
  try {
    event = await client.webhooks.unwrap(exactly.decode(bytes), { headers });
  } catch (error) {
    tell('forged', error.constructor.name);
    return 401;
  }
  const { event_type, payload } = event.data;
  // Hanging up leaves out the direction, which only the first webhooks of a call have.
  const direction = payload.direction ?? (payload.call_control_id === caller ? 'incoming' : 'outgoing');
  tell('webhook', direction, event_type);
  await acts[`${direction} ${event_type}`]?.(payload);
  return 200;
}

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', async () => {
    response.statusCode = await take(Buffer.concat(chunks), request.headers);
    response.setHeader('Connection', 'close');
    response.end();
  });
});
server.listen(Number(port), '127.0.0.1', () => tell('listening'));
