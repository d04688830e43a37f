// How much of the document Swagger UI gets to see, and when. It walks through all that it has at
// every step: reads it as YAML, makes it immutable, merges it, and resolves the whole of it anew for
// each operation that is opened. So it has an outline, enough to draw the groups and their rows;
// what an operation says is added when somebody opens it.
globalThis.karvoOutline = (() => {
  'use strict';

  const LOCAL = '#/';
  // Of an operation: drawn only once it is open.
  const LATER = ['parameters', 'requestBody', 'responses', 'callbacks', 'x-codeSamples'];

  const mapped = (object, change) =>
    Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));

  const briefly = (operation) =>
    Object.fromEntries(Object.entries(operation).filter(([name]) => !LATER.includes(name)));

  const outlined = (document) => ({
    ...document,
    paths: mapped(document.paths, (methods) => mapped(methods, briefly)),
    webhooks: mapped(document.webhooks, (methods) => mapped(methods, briefly)),
    components: { securitySchemes: document.components.securitySchemes },
  });

  // '#/components/schemas/A~1B' -> ['components', 'schemas', 'A/B'] (RFC 6901)
  const namesOf = (pointer) =>
    decodeURIComponent(pointer.slice(LOCAL.length))
      .split('/')
      .map((name) => name.replace(/~1/g, '/').replace(/~0/g, '~'));

  const at = (document, names) => names.reduce((value, name) => value[name], document);

  // The value at a path with everything in the place of what refers to it, as swagger-client does
  // it: `$$ref` says where it is from, and what contains itself is referred to within itself.
  const resolved = (document, path, url) => {
    const enter = (value, entered) => {
      if (!value || typeof value !== 'object') return value;
      if (Array.isArray(value)) return value.map((item) => enter(item, entered));
      const { $ref, ...own } = value;
      if (typeof $ref !== 'string' || !$ref.startsWith(LOCAL)) {
        return mapped(value, (item) => enter(item, entered));
      }
      const $$ref = url + $ref;
      if (entered.includes($ref)) return { $ref: $$ref };
      const further = [...entered, $ref];
      return {
        ...enter(at(document, namesOf($ref)), further),
        ...mapped(own, (item) => enter(item, entered)),
        $$ref,
      };
    };
    return enter(at(document, path), []);
  };

  let whole = { paths: {} };

  const plugin = () => ({
    statePlugins: {
      spec: {
        wrapActions: {
          parseToJson: (original, { specActions, specSelectors }) => (text) => {
            try {
              whole = JSON.parse(text ?? specSelectors.specStr());
            } catch {
              return original(text); // which shows what is wrong with it
            }
            return specActions.updateJsonSpec(outlined(whole));
          },
          requestResolvedSubtree: (_original, { specActions, specSelectors }) => (path) => {
            const url = String(new URL(specSelectors.url(), document.baseURI));
            return specActions.updateResolvedSubtree(path, resolved(whole, path, url));
          },
        },
      },
    },
  });

  // An operation as the document has it; of events, {}.
  const operation = (path, method) => whole.paths[path]?.[method] ?? {};

  return { operation, outlined, plugin, resolved };
})();
