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
  const ui = SwaggerUIBundle({
    url: `${base}/openapi.yaml`,
    dom_id: "#swagger-ui",
    deepLinking: true,
    validatorUrl: null,
    defaultModelsExpandDepth: 0,
    presets: [SwaggerUIBundle.presets.apis],
    plugins: [kept],
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
  window.ui = ui;
})();
