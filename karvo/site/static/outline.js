// How much of the document Swagger UI gets to see, and when. It walks through all that it has at
// each step: parses it as YAML, makes it immutable, merges it, resolves it anew for every operation
// that is opened. So it has an outline, enough to draw the groups and their rows; what an operation
// says comes when it is opened, with what that refers to and nothing else.
window.karvoOutline = (() => {
  'use strict';

  const LOCAL = '#/';
  //: of an operation: drawn only once it is open
  const LATER = ['parameters', 'requestBody', 'responses', 'callbacks', 'x-codeSamples'];

  const mapped = (object, change) =>
    Object.fromEntries(Object.entries(object ?? {}).map(([name, value]) => [name, change(value)]));

  const briefly = (operation) =>
    Object.fromEntries(Object.entries(operation).filter(([name]) => !LATER.includes(name)));

  // The document without what is drawn later.
  const outlined = (document) => ({
    ...document,
    paths: mapped(document.paths, (methods) => mapped(methods, briefly)),
    webhooks: mapped(document.webhooks, (methods) => mapped(methods, briefly)),
    components: { securitySchemes: document.components.securitySchemes },
  });

  const namesOf = (pointer) =>
    decodeURIComponent(pointer.slice(LOCAL.length))
      .split('/')
      .map((name) => name.replace(/~1/g, '/').replace(/~0/g, '~'));

  // {operationId: path to it}
  const placesOf = (document) => {
    const found = {};
    Object.entries(document.paths).forEach(([path, methods]) =>
      Object.entries(methods).forEach(([method, { operationId }]) => {
        found[operationId] = ['paths', path, method];
      }),
    );
    return found;
  };

  // The document with what is at `path`, all that this refers to, however indirectly, and of the
  // operations that its links lead to the names.
  const part = (document, path, places = placesOf(document)) => {
    const { openapi, info, servers } = document;
    const kept = { openapi, info, servers };

    const put = (names, copied = (value) => value) => {
      const last = names.at(-1);
      let from = document;
      let to = kept;
      names.slice(0, -1).forEach((name) => {
        from = from[name];
        to = to[name] ??= {};
      });
      if (last in to) return;
      to[last] = copied(from[last]);
      follow(to[last]);
    };
    const follow = (value) => {
      if (!value || typeof value !== 'object') return;
      if (typeof value.$ref === 'string' && value.$ref.startsWith(LOCAL)) put(namesOf(value.$ref));
      Object.values(value).forEach(follow);
      Object.values(value.links ?? {})
        .filter(({ operationId }) => operationId in places)
        .forEach(({ operationId }) => put(places[operationId], () => ({ operationId })));
    };

    put(path);
    return kept;
  };

  let whole = { paths: {} };
  let places = {};

  const plugin = ({ fn: { resolveSubtree } }) => ({
    fn: {
      resolveSubtree: (_document, path, options) =>
        resolveSubtree(part(whole, path, places), path, options),
    },
    statePlugins: {
      spec: {
        wrapActions: {
          parseToJson: (_original, { specActions, specSelectors }) => (text) => {
            whole = JSON.parse(text ?? specSelectors.specStr());
            places = placesOf(whole);
            return specActions.updateJsonSpec(outlined(whole));
          },
        },
      },
    },
  });

  // An operation as the document has it; of events, {}.
  const operation = (path, method) => whole.paths[path]?.[method] ?? {};

  return { operation, outlined, part, plugin };
})();
