// What jsforce does against the Salesforce twin: its sign-ins, queries, records, collections
// and composite calls, and the refusals between them.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const jsforce = require('jsforce');
const { op, act, pick } = require('./suite.cjs');

const https = require('https');

const { SALESFORCE_ID: clientId, SALESFORCE_SECRET: clientSecret } = process.env;
const redirectUri = 'https://app.example/callback';
const myDomain = 'https://twin.my.salesforce.com';
const version = '67.0';
const once = { retry: { maxRetries: 0 } };

// row drops the attributes of records, at every depth.
function row(r) {
  if (Array.isArray(r)) return r.map(row);
  if (r === null || typeof r !== 'object') return r;
  return Object.fromEntries(Object.entries(r).filter(([k]) => k !== 'attributes').map(([k, v]) => [k, row(v)]));
}

const shape = (result) => pick(result, 'totalSize', 'done');

async function main() {
  const conn = await signIn();
  await meta(conn);
  await queries(conn);
  await records(conn);
  await collections(conn);
  await composite(conn);
  await rules(conn);
  await refusals(conn);
}

// browse is a person's browser: it opens an address and returns where it is sent.
function browse(url) {
  return new Promise((resolve, reject) => https.get(url, (r) => {
    r.resume();
    r.on('end', () => resolve(r.headers.location));
  }).on('error', reject));
}

// assertion is a JWT for the twin's integration user.
function assertion(claims) {
  const part = (o) => Buffer.from(JSON.stringify(o)).toString('base64url');
  const body = [{ alg: 'RS256' }, { iss: clientId, sub: 'pintegration@keasystems.example', aud: 'https://login.salesforce.com', exp: Math.floor(Date.now() / 1000) + 180, ...claims }]
    .map(part).join('.');
  return body + '.' + crypto.sign('RSA-SHA256', Buffer.from(body), fs.readFileSync(process.env.TWIN_KEY)).toString('base64url');
}

async function signIn() {
  const machine = new jsforce.Connection({ version, loginUrl: myDomain, oauth2: { loginUrl: myDomain, clientId, clientSecret } });
  await op('sign in with client credentials', async () => {
    const user = await machine.authorize({ grant_type: 'client_credentials' });
    return { user, instanceUrl: machine.instanceUrl, hasToken: machine.accessToken !== null };
  });
  await op('sign in with a wrong secret', () =>
    new jsforce.Connection({ version, oauth2: { loginUrl: myDomain, clientId, clientSecret: 'wrong' } }).authorize({ grant_type: 'client_credentials' }));
  await op('sign in with client credentials at the common host', () =>
    new jsforce.Connection({ version, oauth2: { clientId, clientSecret } }).authorize({ grant_type: 'client_credentials' }));

  const jwt = (claims) => new jsforce.Connection({ version, oauth2: { clientId } })
    .authorize({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: assertion(claims) });
  await op('sign in with a signed assertion', () => jwt({}));
  await op('sign in with an assertion that has expired', () => jwt({ exp: Math.floor(Date.now() / 1000) - 600 }));

  const web = new jsforce.Connection({ version, oauth2: { clientId, clientSecret, redirectUri, useVerifier: true } });
  await op('sign in by consent, with a code challenge', async () => {
    const back = new URL(await browse(web.oauth2.getAuthorizationUrl({ scope: 'api refresh_token', state: 'here' })));
    const user = await web.authorize(back.searchParams.get('code'));
    return { state: back.searchParams.get('state'), user, refreshes: web.refreshToken !== null };
  });
  await op('a code used twice', async () => {
    const back = new URL(await browse(web.oauth2.getAuthorizationUrl({ scope: 'api refresh_token', state: 'here' })));
    const again = new jsforce.Connection({ version, oauth2: web.oauth2 });
    await again.authorize(back.searchParams.get('code'));
    return again.authorize(back.searchParams.get('code'));
  });
  await op('the session expires: refreshed and repeated by the client', async () => {
    await act('expire-sessions');
    return shape(await web.query('SELECT Id FROM Organization'));
  });
  await op('sign out: the session ends', async () => {
    await web.oauth2.revokeToken(web.accessToken);
    return machineless(web);
  });
  await machine.authorize({ grant_type: 'client_credentials' });
  return machine;
}

// machineless asks with a connection's token and nothing to refresh it with.
const machineless = (conn) => new jsforce.Connection({ version, instanceUrl: conn.instanceUrl, accessToken: conn.accessToken })
  .query('SELECT Id FROM Organization');

async function meta(conn) {
  await op('identity of the user', async () => pick(await conn.identity(), 'user_id', 'organization_id', 'username', 'active'));
  await op('versions', async () => (await conn.request('/services/data')).slice(-2));
  await op('resources of a version', async () => Object.keys(await conn.request(`/services/data/v${version}`)));
  await op('describe all objects', async () => {
    const d = await conn.describeGlobal();
    return { encoding: d.encoding, names: d.sobjects.map((o) => o.name) };
  });
  await op('describe one object', async () => {
    const d = await conn.sobject('Opportunity').describe();
    return {
      prefix: d.keyPrefix,
      stage: pick(d.fields.find((f) => f.name === 'StageName'), 'type', 'length', 'nillable', 'updateable', 'restrictedPicklist'),
      amount: pick(d.fields.find((f) => f.name === 'Amount'), 'type', 'precision', 'scale', 'nillable'),
      lines: pick(d.childRelationships.find((c) => c.relationshipName === 'OpportunityLineItems'), 'childSObject', 'field', 'cascadeDelete'),
    };
  });
  await op('describe an object that is not there', () => conn.sobject('Nothing__c').describe());
  await op('limits', async () => (await conn.limits()).DailyApiRequests);
  await op('limits of the last answer', () => conn.limitInfo.apiUsage);
}

async function queries(conn) {
  await op('query', async () => {
    const r = await conn.query('SELECT Id, Name, Amount, CloseDate, IsWon FROM Opportunity WHERE IsWon = true ORDER BY CloseDate, Id LIMIT 2');
    return { ...shape(r), records: row(r.records) };
  });
  await op('query with parents', async () => row((await conn.query(
    "SELECT Name, Account.Name, Account.Owner.Name FROM Opportunity WHERE Account.BillingCountry != null ORDER BY Id LIMIT 1")).records));
  await op('query with children', async () => row((await conn.query(
    'SELECT Name, (SELECT Quantity, UnitPrice, TotalPrice, Product2.ProductCode FROM OpportunityLineItems ORDER BY SortOrder) FROM Opportunity WHERE IsWon = true ORDER BY Id LIMIT 1')).records));
  await op('count', () => conn.sobject('Opportunity').count({ IsClosed: false }));
  await op('find with conditions, order and limit', async () => row(await conn.sobject('Opportunity')
    .find({ Name: { $like: '%renewal%' }, CloseDate: { $gte: jsforce.SfDate.toDateLiteral(new Date('2026-11-01T00:00:00Z')) } }, 'Id, Name, CloseDate')
    .sort({ CloseDate: 1, Id: -1 }).limit(2)));
  await op('query more pages', async () => {
    await conn.sobject('Task').create(Array.from({ length: 200 }, (_, i) => ({ Subject: `Call ${i}` })), { allOrNone: true });
    await conn.sobject('Task').create(Array.from({ length: 150 }, (_, i) => ({ Subject: `Call ${200 + i}` })), { allOrNone: true });
    const first = await conn.query("SELECT Id FROM Task WHERE Subject LIKE 'Call %' ORDER BY Id");
    const second = await conn.queryMore(first.nextRecordsUrl);
    return [first, second].map((r) => ({ ...shape(r), n: r.records.length, next: r.nextRecordsUrl }));
  });
  await op('query all pages by itself', async () => {
    const r = await conn.query("SELECT Id FROM Task WHERE Subject LIKE 'Call %'", { autoFetch: true, maxFetch: 1000 });
    return { ...shape(r), n: r.records.length };
  });
  await op('a locator that is not one', () => conn.queryMore('/services/data/v67.0/query/01g000000000001AAA-2000'));
  await op('a query that cannot be read', () => conn.query('SELECT Id FORM Opportunity'));
  await op('a field that is not there', () => conn.query('SELECT Id, Colour FROM Opportunity'));
  await op('an object that is not there', () => conn.query('SELECT Id FROM Deal'));
}

async function records(conn) {
  const accounts = conn.sobject('Account');
  const made = await op('create', () => accounts.create({ Name: 'Kauri & Sons', BillingCountry: 'New Zealand', NumberOfEmployees: 12 }));
  await op('read', async () => row(await accounts.retrieve(made.id, { fields: ['Name', 'BillingAddress', 'CreatedDate', 'IsDeleted'] })));
  await op('read with a short id', async () => (await accounts.retrieve(made.id.slice(0, 15))).Id === made.id);
  await op('update', () => accounts.update({ Id: made.id, Phone: '+64 4 555 0100' }));
  await op('update a field that is not there', () => accounts.update({ Id: made.id, Colour: 'green' }));
  await op('create without what is required', () => conn.sobject('Opportunity').create({ Name: 'No stage' }));
  await op('create with too long a text', () => accounts.create({ Name: 'x'.repeat(256) }));
  await op('create with a stage that is not there', () =>
    conn.sobject('Opportunity').create({ Name: 'Odd', StageName: 'Maybe', CloseDate: '2026-12-01', AccountId: made.id }));
  const deal = await op('create a deal', () => conn.sobject('Opportunity').create(
    { Name: 'Kauri pilot', StageName: 'Prospecting', CloseDate: '2026-12-01', AccountId: made.id, Amount: 1200.5 }));
  await op('win a deal', async () => {
    await conn.sobject('Opportunity').update({ Id: deal.id, StageName: 'Closed Won' });
    return row(await conn.sobject('Opportunity').retrieve(deal.id, { fields: ['StageName', 'IsWon', 'IsClosed', 'Probability', 'Amount', 'ExpectedRevenue'] }));
  });
  await op('upsert: the record is made', () => conn.sobject('Opportunity').upsert(
    { Xero_Invoice_Id__c: 'inv-1', Name: 'By key', StageName: 'Prospecting', CloseDate: '2026-12-02' }, 'Xero_Invoice_Id__c'));
  await op('upsert: the record is found', () => conn.sobject('Opportunity').upsert(
    { Xero_Invoice_Id__c: 'inv-1', NextStep: 'Call' }, 'Xero_Invoice_Id__c'));
  await op('read by external id', async () => pick(await conn.request(`/services/data/v${version}/sobjects/Opportunity/Xero_Invoice_Id__c/inv-1?fields=Name,NextStep`), 'Name', 'NextStep'));
  await op('delete', () => conn.sobject('Opportunity').destroy(deal.id));
  await op('read what was deleted', () => conn.sobject('Opportunity').retrieve(deal.id));
  await op('query what was deleted', async () => row((await conn.query(
    `SELECT Id, IsDeleted FROM Opportunity WHERE Id = '${deal.id}'`, { scanAll: true })).records));
  await op('delete again', () => conn.sobject('Opportunity').destroy(deal.id));
  await op('updated since', async () => {
    const r = await conn.sobject('Account').updated('2026-11-22T10:00:00Z', '2026-11-22T10:30:00Z');
    return { holds: r.ids.includes(made.id), latest: r.latestDateCovered };
  });
  await op('deleted since', async () => {
    const r = await conn.sobject('Opportunity').deleted('2026-11-22T10:00:00Z', '2026-11-22T10:30:00Z');
    return { ...r, deletedRecords: r.deletedRecords.map((d) => ({ ours: d.id === deal.id, at: d.deletedDate })) };
  });
}

async function collections(conn) {
  const contacts = conn.sobject('Contact');
  const made = await op('create many', () => contacts.create([{ LastName: 'One' }, { LastName: 'Two' }, { LastName: 'Three' }]));
  await op('create many, one of them bad', () => contacts.create([{ LastName: 'Four' }, { FirstName: 'Nameless' }]));
  await op('create many or none', () => contacts.create([{ LastName: 'Five' }, { FirstName: 'Nameless' }], { allOrNone: true }));
  await op('none was made', () => contacts.count({ LastName: 'Five' }));
  await op('read many', async () => row(await contacts.retrieve(made.map((m) => m.id), { fields: ['Name'] })));
  await op('update many', () => contacts.update([{ Id: made[0].id, Title: 'CFO' }, { Id: made[1].id, Email: 'not an address' }]));
  await op('upsert many', () => conn.sobject('Opportunity').upsert([
    { Xero_Invoice_Id__c: 'inv-1', NextStep: 'Write' },
    { Xero_Invoice_Id__c: 'inv-2', Name: 'Second by key', StageName: 'Prospecting', CloseDate: '2026-12-03' },
  ], 'Xero_Invoice_Id__c'));
  await op('delete many', () => contacts.destroy(made.map((m) => m.id)));
}

async function composite(conn) {
  const base = `/services/data/v${version}`;
  await op('composite with references', async () => {
    const r = await conn.requestPost(`${base}/composite`, {
      allOrNone: true,
      compositeRequest: [
        { method: 'POST', url: `${base}/sobjects/Account`, referenceId: 'account', body: { Name: 'Rimu Ltd' } },
        { method: 'POST', url: `${base}/sobjects/Contact`, referenceId: 'contact', body: { LastName: 'Rimu', AccountId: '@{account.id}' } },
        { method: 'GET', url: `${base}/sobjects/Contact/@{contact.id}?fields=Name,AccountId`, referenceId: 'read' },
      ],
    });
    return r.compositeResponse.map((c) => ({ ...pick(c, 'httpStatusCode', 'referenceId'), body: row(c.body) }));
  });
  await op('composite, all or none', async () => {
    const r = await conn.requestPost(`${base}/composite`, {
      allOrNone: true,
      compositeRequest: [
        { method: 'POST', url: `${base}/sobjects/Account`, referenceId: 'good', body: { Name: 'Undone Ltd' } },
        { method: 'POST', url: `${base}/sobjects/Account`, referenceId: 'bad', body: {} },
      ],
    });
    return r.compositeResponse;
  });
  await op('a tree of records', async () => {
    const r = await conn.requestPost(`${base}/composite/tree/Account`, { records: [{
      attributes: { type: 'Account', referenceId: 'a' }, Name: 'Miro Ltd',
      Contacts: { records: [{ attributes: { type: 'Contact', referenceId: 'c' }, LastName: 'Miro' }] },
    }] });
    return pick(r.results, 'referenceId');
  });
  await op('a batch of requests', async () => {
    const r = await conn.requestPost(`${base}/composite/batch`, { batchRequests: [
      { method: 'GET', url: `v${version}/limits` }, { method: 'GET', url: `v${version}/sobjects/Nothing` }] });
    return { hasErrors: r.hasErrors, codes: r.results.map((x) => x.statusCode) };
  });
  await op('the first of them was undone', () => conn.sobject('Account').count({ Name: 'Undone Ltd' }));
}

async function rules(conn) {
  const deals = conn.sobject('Opportunity');
  const account = await conn.sobject('Account').create({ Name: 'Totara Ltd' });
  await op('a duplicate', () => conn.sobject('Account').create({ Name: 'TOTARA LTD' }));
  const twin = await op('a duplicate, the alert waved away', () => conn.sobject('Account').create({ Name: 'TOTARA LTD' },
    { headers: { 'Sforce-Duplicate-Rule-Header': 'allowSave=true' } }));
  const deal = await deals.create({ Name: 'Totara pilot', StageName: 'Prospecting', CloseDate: '2026-12-01', AccountId: twin.id });
  await op("a rule of the org's admin", () => deals.update({ Id: deal.id, StageName: 'Closed Won' }));
  await op('won, reopened and won again: the history', async () => {
    for (const StageName of ['Closed Won', 'Negotiation/Review', 'Closed Won']) await deals.update({ Id: deal.id, StageName, Amount: 900 });
    return row((await conn.query(`SELECT StageName, Amount FROM OpportunityHistory WHERE OpportunityId = '${deal.id}' ORDER BY CreatedDate, Id`)).records);
  });
  await op('locked by an approval', async () => {
    await act('lock', deal.id);
    return deals.update({ Id: deal.id, NextStep: 'x' });
  });
  await op('unlocked', async () => {
    await act('unlock', deal.id);
    return deals.update({ Id: deal.id, NextStep: 'x' });
  });
  await op('another transaction holds the row', async () => {
    await act('hold-row', deal.id);
    return deals.update({ Id: deal.id, NextStep: 'y' });
  });
  await act('advance', '2m');
  await op('accounts merged: the deal has the other account', async () => {
    await act('merge', [account.id, twin.id]);
    return (await deals.retrieve(deal.id)).AccountId === account.id;
  });
  await op('accounts merged: where the loser went', async () => {
    const [loser] = (await conn.query(`SELECT IsDeleted, MasterRecordId FROM Account WHERE Id = '${twin.id}'`, { scanAll: true })).records;
    return { deleted: loser.IsDeleted, master: loser.MasterRecordId === account.id };
  });
  await op('sums by group', async () => row((await conn.query(
    'SELECT StageName, COUNT(Id) n, SUM(Amount) total FROM Opportunity WHERE IsClosed = true GROUP BY StageName ORDER BY StageName')).records));
}

async function refusals(conn) {
  await op('session expires: refused without a way to refresh', async () => {
    await act('expire-sessions');
    return conn.query('SELECT Id FROM Organization');
  });
  await conn.authorize({ grant_type: 'client_credentials' });
  await op('server in trouble: asked once', async () => {
    await act('faults', [{ operation: 'GET /services/data/*/query*', kind: 'status', code: 503, times: 1, body: '<html>Maintenance</html>' }]);
    return conn.request(`/services/data/v${version}/query?q=SELECT+Id+FROM+Organization`, once);
  });
  await op('server in trouble: asked again by the client', async () => {
    await act('faults', [{ operation: 'GET /services/data/*/query*', kind: 'status', code: 503, times: 1 }]);
    return shape(await conn.query('SELECT Id FROM Organization', { }));
  });
  await op('day limit reached', async () => {
    await act('faults', []);
    await act('usage', 15000);
    return conn.request(`/services/data/v${version}/limits`, once);
  });
  await act('usage', 0);
  await op('sign out', async () => {
    await conn.logout(true);
    return conn.accessToken;
  });
}

main().catch((e) => { console.error(e); process.exit(1); });
