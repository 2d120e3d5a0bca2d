// Asks for the balance of the account at https://api.telnyx.com, which is hard-coded here, in each of many ways.
//
// node hard_coded_node.mjs [WAY...]; each line is an array of JSON: the way, and the status or the error it met.
import { execFileSync } from 'node:child_process';
import dns from 'node:dns';
import http, { get } from 'node:http';
import https, { request } from 'node:https';
import net from 'node:net';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

const URL_ = 'https://api.telnyx.com/v2/balance';
const HOST = 'API.telnyx.com.';
const headers = { authorization: 'Bearer hard-coded' };

const answered = (start) =>
  new Promise((resolve, reject) => start((reply) => resolve(reply.resume().statusCode)).on('error', reject));
const connected = (socket) =>
  new Promise((resolve, reject) => socket.on('connect', () => resolve('connected')).on('error', reject));

const ways = {
  // Ways that the shim brings to the simulator
  fetch: async () => {
    const reply = await fetch(URL_, { headers });
    if (reply.url !== URL_) throw new Error(reply.url);
    await reply.json();
    return (await fetch(new Request(URL_.replace('https:', 'http:'), { headers }))).status;
  },
  'https.request': () => answered((done) => request(URL_, { headers }, done).end()),
  'https.get': () =>
    answered((done) => https.get({ host: HOST, port: 443, path: '/v2/balance', headers, agent: new https.Agent() }, done)),
  'http.get': () => answered((done) => get(new URL('http://api.telnyx.com/v2/balance'), { headers }, done)),
  'a proxy': () => answered((done) => http.get({ host: '127.0.0.1', port: 9, path: 'http://api.telnyx.com/v2/balance', headers }, done)),
  'a child': async () => {
    const script = fileURLToPath(import.meta.url);
    return JSON.parse(execFileSync(process.execPath, [script, 'fetch'], { env: { PATH: process.env.PATH } }))[1];
  },
  'a worker': () =>
    new Promise((resolve, reject) => {
      const script = `fetch('${URL_}', { headers: { authorization: 'Bearer x' } })
        .then((reply) => require('node:worker_threads').parentPort.postMessage(reply.status))`;
      new Worker(script, { eval: true }).on('message', resolve).on('error', reject);
    }),
  axios: async () => {
    const { default: axios } = await import('axios');
    return (await axios.get(URL_, { headers, proxy: { host: '127.0.0.1', port: 9, protocol: 'http' } })).status;
  },
  'undici agents': async () => {
    const { Agent, Pool, Client, ProxyAgent, request: ask } = await import('undici');
    const statuses = [];
    for (const dispatcher of [new Agent(), new ProxyAgent('http://127.0.0.1:9')]) {
      statuses.push((await ask(URL_, { headers, dispatcher })).statusCode, (await fetch(URL_, { headers, dispatcher })).status);
    }
    for (const one of [new Pool('https://api.telnyx.com'), new Client('https://api.telnyx.com')]) {
      statuses.push((await one.request({ method: 'GET', path: '/v2/balance', headers })).statusCode);
    }
    return Math.max(...statuses);
  },
  'the global dispatcher': async () => {
    const { Agent, setGlobalDispatcher } = await import('undici');
    setGlobalDispatcher(new Agent({ keepAliveTimeout: 10 }));
    return (await fetch(URL_, { headers })).status;
  },
  // Ways that it refuses
  'net.connect': () => connected(net.connect(443, 'api.telnyx.com')),
  'tls.connect': () => connected(tls.connect({ host: 'api.telnyx.com', port: 443 })),
  'tls in a tunnel': () => connected(tls.connect({ socket: new net.Socket(), servername: 'api.telnyx.com' })),
  'tls to an address': () => connected(tls.connect({ host: '192.0.2.1', port: 443, servername: 'api.telnyx.com' })),
  'dns.lookup': () => dns.promises.lookup('api.telnyx.com'),
  'dns.resolve4': () => new Promise((resolve, reject) => dns.resolve4('rtc.telnyx.com', (error, found) => (error ? reject(error) : resolve(found)))),
};

for (const name of process.argv.slice(2)) {
  let outcome;
  try {
    outcome = await ways[name]();
  } catch (error) {
    outcome = (error.cause ?? error).message;
  }
  console.log(JSON.stringify([name, outcome]));
}
process.exit();
