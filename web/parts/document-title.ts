/** The title of the document while a page is shown. */
import { useEffect } from 'react';
import { en } from '../messages.en.ts';

export function useDocumentTitle(page: string): void {
  useEffect(() => {
    document.title = en.title(page);
  }, [page]);
}
