/** The version of the binary that these pages are built for; see vite.config.ts. */
declare const __CUPOLA_VERSION__: string
