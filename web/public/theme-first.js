// Sets the theme before the first paint. A file of its own, because the content policy allows no inline script.
// The rest of the pages' theme handling is in parts/theme-toggle.tsx; both use the same key.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem('meterd.theme');
  } catch {
    // Storage may be forbidden; the system's theme is then used.
  }
  const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  document.documentElement.dataset.theme = chosen === 'dark' || chosen === 'light' ? chosen : system;
})();
