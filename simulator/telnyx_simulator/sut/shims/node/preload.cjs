// Loaded by each Node process whose NODE_OPTIONS say so, before the application itself.
//
// It sends what is meant for Telnyx to the simulator, and lets nothing through to Telnyx. Two nets, one behind the other:
// requests are rewritten where http, https and undici (which fetch stands on) send them; below all libraries no name of
// Telnyx's is looked up or connected to, and no TLS is spoken with it, through a proxy either. What ends there is an error
// for the application and a line in the file of refusals, which the simulator reads. The same as the shim for Python does.
'use strict';

const fs = require('node:fs');
const Module = require('node:module');
const http = require('node:http');
const https = require('node:https');
const net = require('node:net');
const tls = require('node:tls');
const dns = require('node:dns');
const childProcess = require('node:child_process');

const REDIRECT = 'TELNYX_SIM_REDIRECT'; // the simulator: http://127.0.0.1:8642
const REFUSALS = 'TELNYX_SIM_REFUSALS'; // the file that gets a line of JSON for each refusal

const simulator = process.env[REDIRECT] ? new URL(process.env[REDIRECT]) : null;
const ours = Object.fromEntries([REDIRECT, REFUSALS].filter((name) => name in process.env).map((name) => [name, process.env[name]]));

// Whether a host's name is telnyx.com or below it, however it is spelled; with or without a port.
function isTelnyx(host) {
  if (typeof host !== 'string') return false;
  const name = host.toLowerCase().replace(/:\d*$/, '').replace(/\.+$/, '');
  return name === 'telnyx.com' || name.endsWith('.telnyx.com');
}

// A URL as an object; null for what is none.
function parsed(url) {
  try {
    return new URL(String(url));
  } catch {
    return null;
  }
}

// Refusing

// Tell the simulator and the log of a refusal; returns the error for the application.
function refused(host, port, what) {
  const where = port ? `${host}:${port}` : host;
  const message = `telnyx-sim refused a connection to ${where}: the simulator lets nothing through to the real Telnyx`;
  const at = place();
  const line = { host, port: port || null, what, at, pid: process.pid, program: process.argv[1] || 'node' };
  try {
    // At once, and one write: whoever is refused may end the process next.
    if (ours[REFUSALS]) fs.appendFileSync(ours[REFUSALS], JSON.stringify(line) + '\n');
    fs.writeSync(2, at ? `${message} (${at})\n` : `${message}\n`);
  } catch {
    // The simulator is gone with its file, or nobody reads stderr.
  }
  return Object.assign(new Error(message), { code: 'ECONNREFUSED', errno: -111, syscall: 'connect', host, port });
}

// The line of the application that wanted it: the nearest that is neither Node's own nor an installed library's.
function place() {
  for (const line of new Error().stack.split('\n').slice(1)) {
    const found = /\(?((?:file:\/\/)?\/[^()]*|[A-Z]:\\[^()]*):(\d+):\d+\)?$/.exec(line.trim());
    if (found && found[1] !== __filename && !found[1].includes('node_modules')) {
      return `${found[1].replace('file://', '')}:${found[2]}`;
    }
  }
  return null;
}

function refuseSockets() {
  const connect = net.Socket.prototype.connect;
  net.Socket.prototype.connect = function (...args) {
    // Node hands on what it has normalized already: an array of options and callback.
    const given = Array.isArray(args[0]) ? args[0][0] : args[0];
    const host = given && typeof given === 'object' ? given.host : args[1];
    if (!isTelnyx(host)) return connect.apply(this, args);
    const port = given && typeof given === 'object' ? given.port : given;
    const error = refused(host, port, 'net.connect');
    process.nextTick(() => this.destroy(error));
    return this;
  };
  const secure = tls.connect;
  tls.connect = function (...args) {
    const options = args.find((arg) => arg && typeof arg === 'object') || {};
    // Over a socket that is there, as a proxy's tunnel is, or to a bare address; others connect by name: see above.
    const name = options.servername || options.host;
    if (isTelnyx(name) && (options.socket || !isTelnyx(options.host || args[1]))) throw refused(name, options.port, 'tls');
    return secure.apply(this, args);
  };
}

function refuseLookups() {
  const names = ['lookup', 'resolve', 'resolve4', 'resolve6', 'resolveAny', 'resolveCname', 'resolveSrv'];
  for (const name of names) {
    const byCallback = dns[name];
    dns[name] = function (host, ...rest) {
      const callback = rest[rest.length - 1];
      if (!isTelnyx(host) || typeof callback !== 'function') return byCallback.call(this, host, ...rest);
      process.nextTick(callback, refused(host, null, `dns.${name}`));
      return {};
    };
    // `util.promisify(dns.lookup)` gives an object, by a symbol.
    Object.defineProperties(dns[name], Object.getOwnPropertyDescriptors(byCallback));
    const byPromise = dns.promises[name];
    dns.promises[name] = async function (host, ...rest) {
      if (isTelnyx(host)) throw refused(host, null, `dns.promises.${name}`);
      return byPromise.call(this, host, ...rest);
    };
  }
}

// Redirecting

// http.request and https.request, and with them axios, node-fetch, got and all that has an agent of its own.
function redirectHttp(module) {
  const original = { request: module.request, get: module.get };
  module.request = function (...args) {
    return redirectedRequest(args) || original.request.apply(this, args);
  };
  module.get = function (...args) {
    const request = redirectedRequest(args);
    if (!request) return original.get.apply(this, args);
    request.end();
    return request;
  };
}

const plainRequest = http.request;

// The request of (url, options, callback), any of which may be missing, to the simulator; null if it is for others.
function redirectedRequest(args) {
  const rest = [...args];
  let options = {};
  if (typeof rest[0] === 'string' || rest[0] instanceof URL) {
    const url = parsed(rest.shift());
    if (!url) return null;
    options = { hostname: url.hostname, path: `${url.pathname}${url.search}` };
    if (url.username) options.auth = decodeURIComponent(`${url.username}:${url.password}`);
  }
  if (rest[0] && typeof rest[0] === 'object') Object.assign(options, rest.shift());
  const callback = rest.find((one) => typeof one === 'function');
  // A request to a proxy has the whole URL where others have a path.
  const whole = typeof options.path === 'string' && !options.path.startsWith('/') ? parsed(options.path) : null;
  const host = whole ? whole.hostname : options.hostname || options.host;
  if (!isTelnyx(host)) return null;
  if (!simulator) throw refused(host, options.port, 'http.request');
  const path = whole ? `${whole.pathname}${whole.search}` : options.path;
  const { auth, headers, method, signal, timeout, setHost, joinDuplicateHeaders, maxHeaderSize, insecureHTTPParser } = options;
  const kept = { auth, headers, method, signal, timeout, setHost, joinDuplicateHeaders, maxHeaderSize, insecureHTTPParser };
  const known = Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined));
  return plainRequest({ ...known, path, hostname: simulator.hostname, port: simulator.port }, callback);
}

const patched = new WeakSet();

// undici: the class that all its dispatchers inherit from, Node's own and those of the package.
function redirectDispatchers(DispatcherBase, makeAgent) {
  const prototype = DispatcherBase.prototype;
  if (patched.has(prototype)) return;
  patched.add(prototype);
  const dispatch = prototype.dispatch;
  let agent;
  prototype.dispatch = function (options, handler) {
    const origin = parsed(options.origin || ownOrigin(this));
    if (!origin || !isTelnyx(origin.hostname) || !simulator) return dispatch.call(this, options, handler);
    agent = agent || makeAgent();
    return agent.dispatch({ ...options, origin: simulator.origin }, handler);
  };
}

// Where a Client or Pool goes, which was made for one origin.
function ownOrigin(dispatcher) {
  for (const symbol of Object.getOwnPropertySymbols(dispatcher)) {
    if (symbol.description === 'url') return dispatcher[symbol];
  }
  return undefined;
}

function redirectFetch() {
  const original = globalThis.fetch;
  if (typeof original !== 'function') return;
  globalThis.fetch = function fetch(...args) {
    patchNodesOwn();
    return original.apply(this, args);
  };
}

// Node loads its undici when it is wanted for the first time, and shows of it a dispatcher under this symbol.
function patchNodesOwn() {
  void globalThis.Headers;
  const dispatcher = globalThis[Symbol.for('undici.globalDispatcher.1')];
  const base = dispatcher && baseOf(dispatcher);
  if (base) redirectDispatchers(base, () => new dispatcher.constructor());
}

// Above `dispatch` itself: Agent, DispatcherBase, Dispatcher.
function baseOf(dispatcher) {
  for (let one = Object.getPrototypeOf(dispatcher); one; one = Object.getPrototypeOf(one)) {
    if (one.constructor.name === 'DispatcherBase') return one.constructor;
  }
  return null;
}

function redirectUndici() {
  const load = Module._load;
  Module._load = function (request, parent, ...rest) {
    const exported = load.call(this, request, parent, ...rest);
    if (/dispatcher-base(\.js)?$/.test(request) && typeof exported?.prototype?.dispatch === 'function') {
      const file = Module._resolveFilename(request, parent);
      // Its `Agent` lies beside it, and may be loaded only after it.
      redirectDispatchers(exported, () => new (Module.createRequire(file)('./agent'))());
    }
    return exported;
  };
}

// Children

// Processes that are started with an environment of their own get what sends them to the simulator, too.
function keepInChildren() {
  const spawn = childProcess.ChildProcess.prototype.spawn;
  childProcess.ChildProcess.prototype.spawn = function (options) {
    if (options && Array.isArray(options.envPairs)) options.envPairs = withShims(options.envPairs);
    return spawn.call(this, options);
  };
  for (const name of ['spawnSync', 'execFileSync', 'execSync']) {
    const original = childProcess[name];
    childProcess[name] = function (...args) {
      const options = args.find((arg) => arg && typeof arg === 'object' && !Array.isArray(arg));
      if (!options || !options.env) return original.apply(this, args);
      const env = Object.fromEntries(withShims(Object.entries(options.env).map((pair) => pair.join('='))).map(halves));
      return original.apply(this, args.map((arg) => (arg === options ? { ...options, env } : arg)));
    };
  }
}

function halves(pair) {
  const at = pair.indexOf('=');
  return [pair.slice(0, at), pair.slice(at + 1)];
}

function withShims(pairs) {
  const environment = { ...Object.fromEntries(pairs.map(halves)), ...ours };
  const options = environment.NODE_OPTIONS || '';
  if (!options.includes(__filename)) {
    environment.NODE_OPTIONS = `${options} --require "${__filename.replace(/\\/g, '\\\\')}"`.trim();
  }
  return Object.entries(environment).map((pair) => pair.join('='));
}

refuseSockets();
refuseLookups();
redirectHttp(http);
redirectHttp(https);
redirectFetch();
redirectUndici();
keepInChildren();
// For those who import them by name.
Module.syncBuiltinESMExports();
