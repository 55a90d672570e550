// Loaded before a client: what it believes to be the vendors' hosts is this machine, and the
// time is the twins'. The client itself stays as its maker ships it, TLS and host names included.
'use strict';
const tls = require('tls');

const vendor = /(^|\.)(xero|salesforce)\.com$/;
const connect = tls.connect;
tls.connect = function (...args) {
  const options = args.find((a) => a && typeof a === 'object') || {};
  const host = options.servername || options.host || '';
  if (!vendor.test(host)) throw new Error(`a client reached for ${host}`);
  Object.assign(options, { host: '127.0.0.1', port: Number(process.env.TWIN_PORT), path: undefined });
  return connect.apply(this, args);
};

const Machine = Date;
let ahead = Machine.parse(process.env.TWIN_TIME) - Machine.now();
globalThis.Date = class Date extends Machine {
  constructor(...args) {
    if (args.length === 0) super(Machine.now() + ahead);
    else super(...args);
  }
  static now() {
    return Machine.now() + ahead;
  }
};
globalThis.setTime = (text) => {
  ahead = Machine.parse(text) - Machine.now();
};
