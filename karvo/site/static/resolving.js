// Swagger UI resolves an operation by walking through the whole document, several times: seconds of
// a processor for each of hundreds of operations. It is given what the operation needs, and answers
// the same.
window.karvoResolving = (() => {
  'use strict';

  const LOCAL = '#/';
  const namesOf = (pointer) =>
    decodeURIComponent(pointer.slice(LOCAL.length))
      .split('/')
      .map((name) => name.replace(/~1/g, '/').replace(/~0/g, '~'));

  // {operationId: path to it}: a link names the operation that it leads to.
  const operationsOf = (document) => {
    const found = {};
    Object.entries(document.paths).forEach(([path, methods]) =>
      Object.entries(methods).forEach(([method, { operationId }]) => {
        found[operationId] = ['paths', path, method];
      }),
    );
    return found;
  };

  // The document without all that the value at `path` does not refer to, however indirectly.
  const part = (document, path) => {
    const { openapi, info, servers } = document;
    const kept = { openapi, info, servers };
    const operations = operationsOf(document);

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
      Object.values(value.links ?? {}).forEach(({ operationId }) =>
        put(operations[operationId], () => ({ operationId })),
      );
    };

    put(path);
    return kept;
  };

  const plugin = ({ fn }) => {
    const whole = fn.resolveSubtree;
    return {
      fn: {
        resolveSubtree: (document, path, options) =>
          whole(path.length ? part(document, path) : document, path, options),
      },
    };
  };
  return { part, plugin };
})();
