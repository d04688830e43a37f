// node-wpapi as its users write it: discover, then list, create, get, update, page, delete, and
// chained routes. Prints what it saw as one JSON object.
import { createRequire } from 'module';
import { strict as assert } from 'assert';

const WPAPI = createRequire(process.env.NODE_MODULES)('wpapi');
const { KARVO_URL: url, KARVO_KEY: key, KARVO_USER: username, KARVO_PASSWORD: password } = process.env;
const seen = {};

const site = await WPAPI.discover(url);
const api = site.namespace('se-erp/v2');
seen.handlers = Object.keys(api).filter((name) => typeof api[name] === 'function');

const credentials = {
  'an API key': (request) => request.setHeaders('X-SE-ERP-Key', key),
  'an application password': (request) => request.auth({ username, password }),
};
for (const [name, as] of Object.entries(credentials)) {
  const flow = (seen[name] = {});
  const customer = await as(api.customers()).create({ name: 'Épicerie', tags: ['a', 'b'] });
  flow.updated = (await as(api.customers().id(customer.id)).update({ city: 'Laval' })).city;
  flow.got = (await as(api.customers().id(customer.id))).name;

  const product = await as(api.products()).create({ sku: `W-${customer.id}`, name: 'Mop', price: 5 });
  flow.by_sku = (await as(api.products().sku(product.sku))).id === product.id;
  flow.renamed = (await as(api.products().id(product.id)).update({ name_en: 'Broom' })).name_en;

  const lines = [{ sku: product.sku, qty: 2 }];
  const invoice = await as(api.invoices()).create({ customer_id: customer.id, lines });
  await as(api.invoices()).create({ customer_id: customer.id, lines });
  await as(api.billing().payments()).create({ invoice_id: invoice.id, amount: 1 });
  flow.subtotal = invoice.subtotal;
  flow.cut = Object.keys(await as(api.invoices().id(invoice.id)).param('_fields', 'id,total'));

  const mine = () => as(api.invoices()).param('customer_id', customer.id).perPage(1);
  const page = await mine().page(1).embed();
  const embedded = page.data[0]._embedded;
  flow.paging = [page._paging.total, page._paging.totalPages];
  flow.embedded = [embedded.customer[0].name, embedded.lines[0].length];
  const next = await as(page._paging.next);
  flow.next = [next.page, next.data[0].id !== page.data[0].id];
  flow.found = (await as(site.root('se-erp/v2/invoices/search')).param('q', invoice.invoice_no)).total;

  flow.lines = (await as(api.invoices().id(invoice.id).lines())).total;
  flow.duplicate = (await as(api.invoices().id(invoice.id).duplicate()).create({})).status;
  const draft = await as(api.invoices()).create({ customer_id: customer.id, status: 'draft', subtotal: 1 });
  flow.deleted = (await as(api.invoices().id(draft.id)).delete()).deleted;
  flow.gone = (await as(api.invoices().id(draft.id)).get().catch((error) => error)).code;
  flow.missing = await as(api.customers()).create({}).catch((error) => error);
}
seen.anonymous = await api.customers().get().catch((error) => error);
seen.me = (await site.users().me().auth({ username, password })).slug;
assert.ok(seen.handlers.length > 5);

// Every route of the namespace that can be chained leads to its own address.
const index = await (await fetch(`${url}/wp-json/se-erp/v2`)).json();
const camel = (name) => name.replace(/[-_](\w)/g, (_, letter) => letter.toUpperCase());
seen.chained = 0;
seen.unchained = [];
for (const [route, { endpoints }] of Object.entries(index.routes)) {
  const parts = route.slice('/se-erp/v2/'.length).split(/\/(?![^(]*\))/).filter(Boolean);
  for (const method of endpoints.flatMap((endpoint) => endpoint.methods)) {
    if (!parts.length) continue;
    try {
      let request = null;
      let meant = '';
      for (const part of parts) {
        const group = part.match(/^\(\?P<(\w+)>/);
        if (group) {
          const setter = request[camel(group[1])];
          request = typeof setter === 'function' ? setter.call(request, '5') : request;
        } else {
          request = request === null ? api[camel(part) in api ? camel(part) : part]() : request[camel(part)]();
        }
        meant += group ? '/5' : `/${part}`;
      }
      const address = decodeURIComponent(request.toString().split('?')[0]);
      assert.equal(address, `${url}/wp-json/se-erp/v2${meant}`);
      assert.ok(request._supportedMethods.includes(method.toLowerCase()));
      seen.chained += 1;
    } catch {
      seen.unchained.push(`${method} ${route}`);
    }
  }
}
console.log(JSON.stringify(seen));
