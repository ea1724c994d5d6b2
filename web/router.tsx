/** Where the viewer is: the path and the query of the address, nothing else. No nested routes, no loaders. */
import { type AnchorHTMLAttributes, type MouseEvent, useCallback, useSyncExternalStore } from 'react';

export function usePath(): string {
  return useSyncExternalStore(subscribe, () => location.pathname);
}

/** One value kept in the query of the address, so that a reload or a shared link shows the same. */
export function useQuery(name: string): readonly [string, (value: string) => void] {
  const search = useSyncExternalStore(subscribe, () => location.search);
  const set = useCallback(
    (value: string) => {
      const query = new URLSearchParams(location.search);
      if (value === '') query.delete(name);
      else query.set(name, value);
      const text = query.toString();
      history.replaceState(null, '', text === '' ? location.pathname : `${location.pathname}?${text}`);
      announce();
    },
    [name],
  );
  return [new URLSearchParams(search).get(name) ?? '', set];
}

export function navigate(path: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, '', path);
  else history.pushState(null, '', path);
  scrollTo(0, 0);
  announce();
}

export function Link({ href, onClick, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (event.defaultPrevented || !plain) return;
    event.preventDefault();
    navigate(href);
  };
  return <a {...rest} href={href} onClick={follow} />;
}

const listeners = new Set<() => void>();

function announce(): void {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener('popstate', listener);
  return () => {
    listeners.delete(listener);
    removeEventListener('popstate', listener);
  };
}
