// What xero-node does against the Xero twin: its sign-ins, every kind of document and of money,
// batches, repeats under one key, and the refusals between them.
'use strict';
const crypto = require('crypto');
const http = require('http');
const https = require('https');
const { XeroClient } = require('xero-node');
const { op, act, pick } = require('./suite.cjs');

const { XERO_ID: clientId, XERO_SECRET: clientSecret, XERO_WEB_ID: webId, XERO_WEB_SECRET: webSecret } = process.env;
const redirect = 'https://app.example/callback';

let keys = 0;
const key = () => `key-${++keys}`;

async function main() {
  const xero = await signIn();
  const [tenant] = xero.tenants;
  const c = { xero, api: xero.accountingApi, tenant: tenant.tenantId };
  await settings(c);
  await contacts(c);
  await invoices(c);
  await money(c);
  await notes(c);
  await hooks(c);
  await repeats(c);
  await refusals(c);
  await consent();
}

async function signIn() {
  const xero = new XeroClient({
    clientId, clientSecret, grantType: 'client_credentials',
    scopes: 'accounting.transactions accounting.contacts accounting.settings',
  });
  await op('sign in with client credentials', async () => {
    const set = await xero.getClientCredentialsToken();
    return pick(set, 'expires_in', 'token_type', 'scope');
  });
  await op('tenants', async () => (await xero.updateTenants()).map((t) => ({
    ...pick(t, 'tenantType', 'tenantName'), organisation: pick(t.orgData, 'name', 'baseCurrency', 'countryCode', 'version'),
  })));
  await op('sign in with a wrong secret', () => {
    const other = new XeroClient({ clientId, clientSecret: 'wrong', grantType: 'client_credentials', scopes: 'accounting.settings' });
    return other.getClientCredentialsToken();
  });
  return xero;
}

// browse is a person's browser: it opens an address and returns where it is sent.
function browse(url) {
  return new Promise((resolve, reject) => https.get(url, (r) => {
    r.resume();
    r.on('end', () => resolve(r.headers.location));
  }).on('error', reject));
}

// consent is the life of an app that a person connects.
async function consent() {
  const xero = new XeroClient({
    clientId: webId, clientSecret: webSecret, redirectUris: [redirect], state: 'here',
    scopes: 'openid profile email offline_access accounting.settings.read accounting.invoices.read'.split(' '),
  });
  await op('discover the identity service', async () => {
    await xero.initialize();
    return pick(xero.openIdClient.issuer, 'issuer', 'token_endpoint', 'jwks_uri');
  });
  await op('sign in by consent, the id token verified', async () => {
    const set = await xero.apiCallback(await browse(await xero.buildConsentUrl()));
    return { ...pick(set, 'token_type', 'scope'), claims: pick(set.claims(), 'iss', 'aud', 'email', 'given_name'), left: set.expires_in };
  });
  await op('tenants of the consent', async () => (await xero.updateTenants(false)).map((t) => pick(t, 'tenantType', 'tenantName')));
  const tenant = xero.tenants[0];
  await op('a call that its scopes do not cover', () => xero.accountingApi.getContacts(tenant.tenantId));
  const first = xero.readTokenSet().refresh_token;
  await op('refresh', async () => {
    await act('advance', '31m');
    const set = await xero.refreshToken();
    return { rotated: set.refresh_token !== first, works: (await xero.accountingApi.getOrganisations(tenant.tenantId)).body.organisations.length };
  });
  await op('refresh with the old token within its grace', async () => {
    await act('advance', '29m');
    return pick(await xero.refreshWithRefreshToken(xero.config.clientId, xero.config.clientSecret, first), 'expires_in');
  });
  await op('refresh with the old token after its grace', async () => {
    await act('advance', '2m');
    return xero.refreshWithRefreshToken(xero.config.clientId, xero.config.clientSecret, first);
  });
  await op('disconnect the tenant', async () => {
    await xero.disconnect(tenant.id);
    return (await xero.updateTenants(false)).length;
  });
  await op('a call to a tenant that is no longer connected', () => xero.accountingApi.getOrganisations(tenant.tenantId));
  await op('revoke the refresh token', () => xero.revokeToken());
}

async function settings({ api, tenant }) {
  await op('organisation', async () => pick((await api.getOrganisations(tenant)).body.organisations[0],
    'name', 'baseCurrency', 'organisationStatus', 'paysTax', 'periodLockDate', 'createdDateUTC'));
  await op('what the organisation may do', async () => (await api.getOrganisationActions(tenant)).body.actions.length > 0);
  await op('accounts', async () => pick((await api.getAccounts(tenant, undefined, 'Type=="REVENUE"', 'Code ASC')).body.accounts, 'code', 'type', 'taxType', '_class'));
  await op('tax rates', async () => pick((await api.getTaxRates(tenant, 'TaxType=="OUTPUT2"')).body.taxRates, 'name', 'taxType', 'effectiveRate', 'status', 'canApplyToRevenue'));
  await op('currencies', async () => (await api.getCurrencies(tenant)).body.currencies);
  await op('branding themes', async () => pick((await api.getBrandingThemes(tenant)).body.brandingThemes, 'name', 'sortOrder'));
  await op('create a tracking category', async () => pick((await api.createTrackingCategory(tenant, { name: 'Channel' }, key())).body.trackingCategories, 'name', 'status'));
  await op('create items', async () => pick((await api.createItems(tenant, { items: [
    { code: 'CN-1', name: 'Client item', salesDetails: { unitPrice: 12.3456, accountCode: '200', taxType: 'OUTPUT2' } },
  ] }, undefined, 4, key())).body.items, 'code', 'name', 'salesDetails'));
  await op('read an item by its code', async () => pick((await api.getItem(tenant, 'CN-1', 4)).body.items, 'code', 'salesDetails'));
}

async function contacts(c) {
  const { api, tenant } = c;
  await op('create contacts', async () => {
    const { contacts } = (await api.createContacts(tenant, { contacts: [
      { name: 'Client One Ltd', emailAddress: 'one@client.example', contactNumber: 'SF-C1' }, { name: 'Client Two Ltd' },
    ] }, undefined, key())).body;
    c.one = contacts[0].contactID;
    c.two = contacts[1].contactID;
    return pick(contacts, 'name', 'contactNumber', 'contactStatus', 'updatedDateUTC');
  });
  await op('create a contact whose name is taken', () =>
    api.createContacts(tenant, { contacts: [{ name: 'client one ltd' }] }, undefined, key()));
  await op('update or create contacts', async () => pick((await api.updateOrCreateContacts(tenant, { contacts: [
    { name: 'Client One Ltd', accountNumber: 'ACC-1' }] }, undefined, key())).body.contacts, 'name', 'accountNumber', 'emailAddress'));
  await op('update a contact', async () => pick((await api.updateContact(tenant, c.two, { contacts: [{ firstName: 'Tui' }] }, key())).body.contacts, 'name', 'firstName'));
  await op('find contacts', async () => pick((await api.getContacts(tenant, undefined, 'Name=="CLIENT ONE LTD"', 'Name ASC', undefined, 1)).body.contacts, 'name', 'contactNumber'));
  await op('find contacts by id and by term', async () => [
    (await api.getContacts(tenant, undefined, undefined, undefined, [c.one, c.two])).body.contacts.length,
    (await api.getContacts(tenant, undefined, undefined, undefined, undefined, 1, false, true, 'client')).body.contacts.length,
  ]);
  await op('page through contacts', async () => {
    const { body } = await api.getContacts(tenant, undefined, undefined, undefined, undefined, 2, false, false, undefined, 10);
    return { n: body.contacts.length, pagination: body.pagination };
  });
  await op('a contact that is not there', () => api.getContact(tenant, '99999999-9999-4999-8999-999999999999'));
  await op('archive a contact', async () => pick((await api.updateContact(tenant, c.two, { contacts: [{ contactStatus: 'ARCHIVED' }] }, key())).body.contacts, 'name', 'contactStatus'));
}

const sale = (contactID, number, more) => ({
  type: 'ACCREC', contact: { contactID }, invoiceNumber: number, date: '2026-11-22', dueDate: '2026-12-20', status: 'AUTHORISED',
  lineAmountTypes: 'Exclusive', lineItems: [{ description: 'Work', quantity: 3, unitAmount: 33.335, accountCode: '200', taxType: 'OUTPUT2' }], ...more,
});
const sums = (list) => pick(list, 'invoiceNumber', 'status', 'subTotal', 'totalTax', 'total', 'amountDue', 'amountPaid', 'amountCredited');

async function invoices(c) {
  const { api, tenant } = c;
  await op('create an invoice', async () => {
    const { invoices } = (await api.createInvoices(tenant, { invoices: [sale(c.one, 'CN-1')] }, undefined, 4, key())).body;
    c.invoice = invoices[0].invoiceID;
    return [...sums(invoices), pick(invoices[0], 'date', 'dueDate', 'updatedDateUTC', 'isDiscounted'), pick(invoices[0].lineItems[0], 'unitAmount', 'lineAmount', 'taxAmount')];
  });
  await op('create an invoice whose number is taken', () => api.createInvoices(tenant, { invoices: [sale(c.one, 'CN-1')] }, undefined, 4, key()));
  await op('a batch with one bad element', () => api.createInvoices(tenant, { invoices: [
    sale(c.one, 'CN-2'), sale(c.one, 'CN-3', { lineItems: [{ description: 'No account', quantity: 1, unitAmount: 1 }] })] }, true, 4, key()));
  await op('its good element was kept', async () => sums((await api.getInvoices(tenant, undefined, undefined, undefined, undefined, ['CN-2', 'CN-3'])).body.invoices));
  await op('a batch with one bad element, each told apart', async () => (await api.createInvoices(tenant, { invoices: [
    sale(c.one, 'CN-4'), sale(c.one, 'CN-5', { lineItems: [{ description: 'No account', quantity: 1, unitAmount: 1 }] })] }, false, 4, key())).body.invoices
    .map((i) => ({ ...pick(i, 'invoiceNumber', 'statusAttributeString', 'hasErrors'), problems: i.validationErrors })));
  await op('read an invoice', async () => {
    const { invoices } = (await api.getInvoice(tenant, c.invoice, 4)).body;
    return [...sums(invoices), pick(invoices[0].contact, 'name', 'emailAddress')];
  });
  await op('read an invoice in two places', async () => (await api.getInvoice(tenant, c.invoice)).body.invoices[0].lineItems[0].unitAmount);
  await op('find invoices', async () => sums((await api.getInvoices(tenant, undefined, 'Type=="ACCREC" AND Total>100 AND Date>=DateTime(2026, 11, 22)', 'InvoiceNumber DESC', undefined, undefined, undefined, ['AUTHORISED'], 1, undefined, undefined, 4)).body.invoices));
  await op('changed since', async () => sums((await api.getInvoices(tenant, new Date('2026-11-22T10:08:00Z'), undefined, undefined, undefined, undefined, undefined, undefined, 1)).body.invoices));
  await op('a filter that cannot be read', () => api.getInvoices(tenant, undefined, 'Total >>> 1'));
  await op('update an invoice', async () => sums((await api.updateInvoice(tenant, c.invoice, { invoices: [{ reference: 'PO 7' }] }, 4, key())).body.invoices));
  await op('void an invoice', async () => sums((await api.updateInvoice(tenant, await idOf(c, 'CN-4'), { invoices: [{ status: 'VOIDED' }] }, 4, key())).body.invoices));
  await op('update a voided invoice', async () => api.updateInvoice(tenant, await idOf(c, 'CN-4'), { invoices: [{ reference: 'late' }] }, 4, key()));
  await op('create a draft and delete it', async () => {
    const { invoices } = (await api.createInvoices(tenant, { invoices: [sale(c.one, 'CN-6', { status: 'DRAFT' })] }, undefined, 4, key())).body;
    return sums((await api.updateOrCreateInvoices(tenant, { invoices: [{ invoiceID: invoices[0].invoiceID, status: 'DELETED' }] }, undefined, 4, key())).body.invoices);
  });
  await op('amounts that include tax', async () => sums((await api.createInvoices(tenant, { invoices: [sale(c.one, 'CN-7', { lineAmountTypes: 'Inclusive' })] }, undefined, 4, key())).body.invoices));
}

async function idOf({ api, tenant }, number) {
  return (await api.getInvoices(tenant, undefined, undefined, undefined, undefined, [number])).body.invoices[0].invoiceID;
}

async function money(c) {
  const { api, tenant } = c;
  const bank = (await api.getAccounts(tenant, undefined, 'Type=="BANK"')).body.accounts[0].code;
  await op('pay a part', async () => {
    const { payments } = (await api.createPayments(tenant, { payments: [{ invoice: { invoiceID: c.invoice }, account: { code: bank }, date: '2026-11-22', amount: 15.01 }] }, undefined, key())).body;
    c.payment = payments[0].paymentID;
    return pick(payments, 'amount', 'status', 'paymentType', 'date');
  });
  await op('pay too much', () => api.createPayment(tenant, { invoice: { invoiceID: c.invoice }, account: { code: bank }, date: '2026-11-22', amount: 1000 }, key()));
  await op('void an invoice with money on it', () => api.updateInvoice(tenant, c.invoice, { invoices: [{ status: 'VOIDED' }] }, 4, key()));
  await op('read payments', async () => pick((await api.getPayments(tenant, undefined, 'Status=="AUTHORISED"', undefined, 1)).body.payments, 'amount', 'status'));
  await op('create a credit note', async () => {
    const { creditNotes } = (await api.createCreditNotes(tenant, { creditNotes: [{
      type: 'ACCRECCREDIT', contact: { contactID: c.one }, date: '2026-11-22', status: 'AUTHORISED', creditNoteNumber: 'CN-C1',
      lineItems: [{ description: 'Back', quantity: 1, unitAmount: 20, accountCode: '200', taxType: 'OUTPUT2' }] }] }, undefined, 4, key())).body;
    c.credit = creditNotes[0].creditNoteID;
    return pick(creditNotes, 'creditNoteNumber', 'status', 'total', 'remainingCredit');
  });
  await op('allocate it', async () => {
    const { allocations } = (await api.createCreditNoteAllocation(tenant, c.credit, { allocations: [{ invoice: { invoiceID: c.invoice }, amount: 10, date: '2026-11-22' }] }, undefined, key())).body;
    return pick(allocations, 'amount', 'date');
  });
  await op('what the invoice shows', async () => sums((await api.getInvoice(tenant, c.invoice)).body.invoices));
  await op('read the credit note', async () => {
    const [n] = (await api.getCreditNote(tenant, c.credit)).body.creditNotes;
    c.allocation = n.allocations[0].allocationID;
    return { ...pick(n, 'status', 'remainingCredit'), allocations: pick(n.allocations, 'amount') };
  });
  await op('take the allocation back', async () => (await api.deleteCreditNoteAllocations(tenant, c.credit, c.allocation)).body.isDeleted);
  await op('take the payment back', async () => pick((await api.deletePayment(tenant, c.payment, { status: 'DELETED' }, key())).body.payments, 'status'));
  await op('pay all', async () => {
    const due = (await api.getInvoice(tenant, c.invoice)).body.invoices[0].amountDue;
    await api.createPayments(tenant, { payments: [{ invoice: { invoiceID: c.invoice }, account: { code: bank }, date: '2026-11-22', amount: due }] }, undefined, key());
    return sums((await api.getInvoice(tenant, c.invoice)).body.invoices);
  });
  await op('receive an overpayment', async () => {
    const { bankTransactions } = (await api.createBankTransactions(tenant, { bankTransactions: [{
      type: 'RECEIVE-OVERPAYMENT', contact: { contactID: c.one }, bankAccount: { code: bank }, date: '2026-11-22', lineAmountTypes: 'NoTax',
      lineItems: [{ description: 'Too much', lineAmount: 30 }] }] }, undefined, undefined, key())).body;
    c.overpayment = bankTransactions[0].overpaymentID;
    return pick(bankTransactions, 'type', 'status', 'total');
  });
  await op('read overpayments', async () => pick((await api.getOverpayments(tenant)).body.overpayments, 'type', 'status', 'total', 'remainingCredit'));
  await op('allocate the overpayment', async () => {
    await api.createOverpaymentAllocations(tenant, c.overpayment, { allocations: [{ invoice: { invoiceID: await idOf(c, 'CN-2') }, amount: 30, date: '2026-11-22' }] }, undefined, key());
    return sums((await api.getInvoices(tenant, undefined, undefined, undefined, undefined, ['CN-2'])).body.invoices);
  });
  await op('read prepayments', async () => (await api.getPrepayments(tenant)).body.prepayments);
}

async function notes({ api, tenant, invoice }) {
  await act('advance', '1m');
  await op('write a note', async () => pick((await api.createInvoiceHistory(tenant, invoice, { historyRecords: [{ details: 'From the CRM' }] }, key())).body.historyRecords, 'details'));
  await op('read the history', async () => pick((await api.getInvoiceHistory(tenant, invoice)).body.historyRecords, 'changes', 'details'));
  await op('e-mail an invoice', async () => (await api.emailInvoice(tenant, invoice, {}, key())).response.status);
  await op('online invoice', async () => (await api.getOnlineInvoice(tenant, invoice)).body.onlineInvoices.length);
  await op('an invoice as PDF', async () => (await api.getInvoiceAsPdf(tenant, invoice)).body.subarray(0, 5).toString());
}

// hooks receives webhooks as the vendor's guide says: the signature is over the raw body.
// xero-node itself has nothing for them.
async function hooks({ api, tenant }) {
  const seen = [];
  const server = http.createServer((request, response) => {
    const parts = [];
    request.on('data', (d) => parts.push(d)).on('end', () => {
      const body = Buffer.concat(parts);
      const good = crypto.createHmac('sha256', process.env.XERO_HOOK_KEY).update(body).digest('base64') === request.headers['x-xero-signature'];
      if (good) seen.push(JSON.parse(body));
      response.writeHead(good ? 200 : 401).end();
    });
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  await act('hooks', `http://127.0.0.1:${server.address().port}/`);
  await op('webhooks: intent to receive', () => act('intent'));
  await act('deliver'); // what the calls before raised
  seen.length = 0;
  await op('webhooks: an invoice paid and a contact renamed', async () => {
    await api.updateOrCreateContacts(tenant, { contacts: [{ name: 'Client One Ltd', lastName: 'Webb' }] }, undefined, key());
    await act('pay', 'CN-7');
    await act('advance', '1m');
    await act('deliver');
    return seen.flatMap((d) => d.events.map((e) => pick(e, 'eventCategory', 'eventType', 'tenantType')));
  });
  server.close();
}

async function repeats(c) {
  const { api, tenant } = c;
  const send = (more) => api.createInvoices(tenant, { invoices: [sale(c.one, undefined, more)] }, undefined, 4, 'again');
  await op('the same call twice under one key', async () => {
    const [a, b] = [await send(), await send()];
    return { same: a.body.invoices[0].invoiceID === b.body.invoices[0].invoiceID, number: b.body.invoices[0].invoiceNumber };
  });
  await op('another call under the same key', () => send({ reference: 'other' }));
  await op('the same call after seven minutes', async () => {
    const { body } = await send();
    await act('advance', '7m');
    const late = await send();
    return { same: body.invoices[0].invoiceID === late.body.invoices[0].invoiceID, number: late.body.invoices[0].invoiceNumber };
  });
  await op('too long a key', () => api.createInvoices(tenant, { invoices: [sale(c.one)] }, undefined, 4, 'k'.repeat(129)));
}

async function refusals(c) {
  const { xero, api, tenant } = c;
  await op('the token expires', async () => {
    await act('advance', '31m');
    return api.getOrganisations(tenant);
  });
  await op('signed in again', async () => {
    await xero.getClientCredentialsToken();
    return (await api.getOrganisations(tenant)).body.organisations.length;
  });
  await op('another tenant', () => api.getOrganisations('99999999-9999-4999-8999-999999999999'));
  await op('more calls than a minute allows', async () => {
    await act('advance', '1m');
    for (let i = 0; i < 61; i++) await api.getCurrencies(tenant);
  });
  await op('the minute is over', async () => {
    await act('advance', '1m');
    return (await api.getCurrencies(tenant)).response.status;
  });
  await op('five at once, and one more', async () => {
    await act('hold');
    const all = Array.from({ length: 6 }, () => api.getCurrencies(tenant));
    await Promise.any(all.map((p) => p.then(() => Promise.reject(), () => null))); // one is refused
    await act('release');
    const ended = await Promise.allSettled(all);
    return ended.map((a) => a.status).sort();
  });
}

main().catch((e) => { console.error(e); process.exit(1); });
