/** Puts the pages into the document. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './theme.css';
import './base.css';
import './shell.css';
import './bill/bill.css';
import './bill/total.css';
import './bill/charts.css';
import './bill/rows.css';
import './bill/reasons.css';
import './health/health.css';
import './instant-ip/instant-ip.css';
import './instant-ip/band.css';
import './staff/staff.css';
import './forced-colors.css';
import { App } from './app.tsx';
import { FailureBoundary } from './parts/failure-boundary.tsx';
import { SessionProvider } from './session/session.tsx';

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <FailureBoundary>
      <SessionProvider>
        <App />
      </SessionProvider>
    </FailureBoundary>
  </StrictMode>,
);
