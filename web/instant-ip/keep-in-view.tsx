/** Opens the band in a small window of its own; a second press brings it to the front again. */
import { useState } from 'react';
import { en } from '../messages.en.ts';

const text = en.band;
const features = 'popup,width=320,height=80';

export function KeepInView({ band }: { readonly band: string }) {
  const [blocked, setBlocked] = useState(false);
  const open = () => {
    const opened = window.open(band, 'meterd-band', features);
    opened?.focus();
    setBlocked(opened === null);
  };
  return (
    <div className="keep-in-view">
      <button type="button" className="button" title={text.keepWhy} onClick={open}>
        {text.keep}
      </button>
      <p role="status">{blocked ? text.blocked : ''}</p>
    </div>
  );
}
