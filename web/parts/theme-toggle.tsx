/** Switches between light and dark and remembers it. Before the first paint public/theme-first.js does the same. */
import { useEffect, useState } from 'react';
import { en } from '../messages.en.ts';

type Theme = 'light' | 'dark';
const key = 'meterd.theme';

export function ThemeToggle() {
  const [theme, setTheme] = useState<Theme>(() =>
    document.documentElement.dataset.theme === 'dark' ? 'dark' : 'light',
  );
  useEffect(() => followSystem(setTheme), []);
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  const other: Theme = theme === 'dark' ? 'light' : 'dark';
  const label = other === 'dark' ? en.nav.toDark : en.nav.toLight;
  const toggle = () => {
    remember(other);
    setTheme(other);
  };
  return (
    <button type="button" className="icon-button" onClick={toggle} aria-label={label} title={label}>
      <svg viewBox="0 0 20 20" aria-hidden="true">
        {other === 'dark' ? (
          <path d="M16.5 12.2A7 7 0 0 1 7.8 3.5a7 7 0 1 0 8.7 8.7z" />
        ) : (
          <path d="M10 6.2a3.8 3.8 0 1 0 0 7.6 3.8 3.8 0 0 0 0-7.6zM10 1.5v2M10 16.5v2M1.5 10h2M16.5 10h2M4 4l1.4 1.4M14.6 14.6L16 16M4 16l1.4-1.4M14.6 5.4L16 4" />
        )}
      </svg>
    </button>
  );
}

/** As long as nobody has chosen, the system's theme is followed when it changes. */
function followSystem(set: (theme: Theme) => void): () => void {
  const query = matchMedia('(prefers-color-scheme: dark)');
  const change = () => {
    if (remembered() === null) set(query.matches ? 'dark' : 'light');
  };
  query.addEventListener('change', change);
  return () => query.removeEventListener('change', change);
}

function remembered(): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function remember(theme: Theme): void {
  try {
    localStorage.setItem(key, theme);
  } catch {
    // Storage may be forbidden; the choice then lasts until the page is left.
  }
}
