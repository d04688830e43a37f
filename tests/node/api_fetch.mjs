// @wordpress/api-fetch as WordPress' own screens use it, its method override included. Prints what
// it saw as one JSON object.
import { createRequire } from 'module';

const module = createRequire(process.env.NODE_MODULES)('@wordpress/api-fetch');
const apiFetch = module.default ?? module;
const { KARVO_URL: url, KARVO_USER: user, KARVO_PASSWORD: password } = process.env;
const sent = [];
const seen = { sent };

const basic = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const real = globalThis.fetch;
globalThis.fetch = (address, options) => {
  sent.push([options.method ?? 'GET', options.headers['X-HTTP-Method-Override'] ?? '']);
  return real(address, options);
};
apiFetch.use(apiFetch.createRootURLMiddleware(`${url}/wp-json/`));
apiFetch.use((options, next) =>
  next({ ...options, headers: { ...options.headers, Authorization: basic } }),
);

const base = '/se-erp/v2/customers';
const made = await apiFetch({ path: base, method: 'POST', data: { name: 'Fetched' } });
const own = `${base}/${made.id}`;
seen.put = (await apiFetch({ path: own, method: 'PUT', data: { name: 'Put' } })).name;
seen.patch = (await apiFetch({ path: own, method: 'PATCH', data: { city: 'Laval' } })).city;
seen.got = (await apiFetch({ path: `${own}?_locale=fr` })).name;
seen.deleted = (await apiFetch({ path: own, method: 'DELETE' })).deleted;
seen.gone = await apiFetch({ path: own }).catch((error) => error);
for (const name of ['one', 'two', 'three']) {
  await apiFetch({ path: base, method: 'POST', data: { name } });
}
seen.all = (await apiFetch({ path: `${base}?per_page=-1` })).per_page;
const page = await apiFetch({ path: `${base}?per_page=1&page=2`, parse: false });
seen.link = page.headers.get('Link');
seen.total = Number(page.headers.get('X-WP-Total'));
seen.refused = await apiFetch({ path: base, method: 'POST', data: {} }).catch((error) => error);
seen.schema = (await apiFetch({ path: base, method: 'OPTIONS' })).schema.type;
seen.batch = await apiFetch({
  path: '/batch/v1',
  method: 'POST',
  data: { requests: [{ path: base, method: 'POST', body: { name: 'in a batch' } }] },
});
console.log(JSON.stringify(seen));
