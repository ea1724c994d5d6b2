/** Style sheets are imported for their effect; Vite turns them into a linked file. */
declare module '*.css';
