// Draws the reference into the page and adds what Swagger UI lacks: x-codeSamples.
(() => {
  'use strict';

  const place = document.getElementById('reference');

  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
  dark.addEventListener('change', follow);
  follow();

  // The language chosen last, for all operations at once.
  let chosen = 0;
  const listeners = new Set();
  const choose = (index) => {
    chosen = index;
    listeners.forEach((listener) => listener(index));
  };

  const samplesPlugin = ({ React }) => {
    const h = React.createElement;

    const Copy = ({ text }) => {
      const [label, setLabel] = React.useState('Copy');
      const copy = () =>
        navigator.clipboard.writeText(text).then(
          () => setLabel('Copied'),
          () => setLabel('Not allowed'),
        );
      return h('button', { type: 'button', className: 'samples-copy', onClick: copy }, label);
    };

    const Samples = ({ samples, name }) => {
      const [index, setIndex] = React.useState(chosen);
      React.useEffect(() => {
        listeners.add(setIndex);
        return () => listeners.delete(setIndex);
      }, []);
      const tabs = React.useRef([]);
      const move = (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        event.preventDefault();
        const next = (index + step + samples.length) % samples.length;
        choose(next);
        tabs.current[next].focus();
      };
      const shown = samples[index] || samples[0];
      return h(
        'div',
        { className: 'samples' },
        h(
          'div',
          { className: 'samples-bar', role: 'tablist', 'aria-label': 'Samples', onKeyDown: move },
          samples.map((sample, i) =>
            h(
              'button',
              {
                key: sample.label,
                id: `${name}-tab-${i}`,
                ref: (node) => { tabs.current[i] = node; },
                type: 'button',
                role: 'tab',
                tabIndex: i === index ? 0 : -1,
                'aria-selected': i === index,
                'aria-controls': `${name}-panel`,
                onClick: () => choose(i),
              },
              sample.label,
            ),
          ),
          h(Copy, { key: `copy-${index}`, text: shown.source }),
        ),
        h(
          'pre',
          {
            id: `${name}-panel`,
            role: 'tabpanel',
            tabIndex: 0,
            'aria-labelledby': `${name}-tab-${index}`,
          },
          h('code', null, shown.source),
        ),
      );
    };

    // More than a hundred kinds: drawn when somebody wants to read them.
    const Webhooks = ({ Original, given }) => {
      const [open, setOpen] = React.useState(false);
      const events = Object.keys(given.specSelectors.selectWebhooksOperations() || {});
      if (!events.length) return null;
      return h(
        'section',
        { className: 'events' },
        h(
          'button',
          {
            type: 'button',
            className: 'events-toggle',
            'aria-expanded': open,
            onClick: () => setOpen(!open),
          },
          `${open ? 'Hide' : 'Show'} the ${events.length} events that webhooks are told`,
        ),
        open && h(Original, given),
      );
    };

    // Nothing in it that Markdown, its links or its quotation marks would change.
    const PLAIN = /^[a-z0-9]+([,;:]? [a-z0-9]+|-[a-z0-9]+)*$/i;
    const Markdown = (Original) =>
      React.memo((props) =>
        typeof props.source === 'string' && PLAIN.test(props.source)
          ? h('div', { className: `${props.className ?? ''} renderedMarkdown` }, h('p', null, props.source))
          : h(Original, props),
      );

    return {
      wrapComponents: {
        Markdown,
        // Highlighted once, not at every change of anything on the page.
        HighlightCode: (Original) => React.memo(Original),
        Webhooks: (Original) => (props) => h(Webhooks, { Original, given: props }),
        // Stands between an operation's parameters and its responses.
        responses: (Original) => (props) => {
          const { operationId, ...operation } = globalThis.karvoOutline.operation(props.path, props.method);
          const samples = operation['x-codeSamples'];
          return h(
            React.Fragment,
            null,
            samples && h(Samples, { samples, name: `samples-${operationId}` }),
            h(Original, props),
          );
        },
      },
    };
  };

  window.SwaggerUIBundle({
    url: place.dataset.document,
    domNode: place,
    plugins: [samplesPlugin, globalThis.karvoOutline.plugin],
    presets: [window.SwaggerUIBundle.presets.apis],
    layout: 'BaseLayout',
    deepLinking: true,
    docExpansion: 'none',
    defaultModelsExpandDepth: -1,
    defaultModelExpandDepth: 2,
    displayRequestDuration: true,
    filter: true,
    persistAuthorization: false,
    tryItOutEnabled: false,
    validatorUrl: null,
    queryConfigEnabled: false,
  });
})();
