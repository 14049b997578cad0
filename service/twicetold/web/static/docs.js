// Starts Swagger UI on this service's own contract. A file of its own, because the page allows no inline scripts.
(() => {
  const KEPT = "twicetold-key"; // in this tab, until it is closed
  const base = location.pathname.replace(/\/docs$/, ""); // where a proxy serves the service
  const kept = {
    statePlugins: {
      auth: {
        wrapActions: {
          authorize: (next) => (given) => {
            sessionStorage.setItem(KEPT, JSON.stringify(given));
            return next(given);
          },
          logout: (next) => (given) => {
            sessionStorage.removeItem(KEPT);
            return next(given);
          },
        },
      },
    },
  };
  // A link within the button that opens a call is no use to a keyboard; opened, a call has its address all the same.
  const plain = ({ React }) => ({
    components: { DeepLink: ({ text }) => React.createElement("span", { className: "nostyle" }, text) },
  });
  const ui = SwaggerUIBundle({
    url: `${base}/openapi.yaml`,
    dom_id: "#swagger-ui",
    deepLinking: true,
    validatorUrl: null,
    defaultModelsExpandDepth: 0,
    presets: [SwaggerUIBundle.presets.apis],
    plugins: [kept, plain],
    requestInterceptor: (request) => {
      const url = new URL(request.url, location.href);
      if (base && !url.pathname.startsWith(`${base}/`)) url.pathname = base + url.pathname;
      request.url = url.href;
      return request;
    },
    onComplete: () => {
      const given = sessionStorage.getItem(KEPT);
      if (given) ui.authActions.authorize(JSON.parse(given));
    },
  });
  // What scrolls is reached by keys, and what is chosen from has a name.
  const page = document.querySelector("#swagger-ui");
  new MutationObserver(() => {
    for (const text of page.querySelectorAll("pre:not([tabindex])")) text.tabIndex = 0;
    for (const choice of page.querySelectorAll("select:not([aria-label])"))
      choice.ariaLabel = choice.matches(".examples-select-element") ? "Example" : choice.closest("tr")?.dataset.paramName || "Choice";
  }).observe(page, { childList: true, subtree: true });
  window.ui = ui;
})();
