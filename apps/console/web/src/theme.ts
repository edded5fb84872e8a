import { createTheme } from '@mantine/core';

/** System fonts and one accent; colours of states stand in styles.css. Variables are CSS files, so that no inline style is needed. */
export const theme = createTheme({
  primaryColor: 'pfi',
  primaryShade: 7,
  colors: {
    pfi: ['#e9f5f8', '#d3e8ee', '#a8d2de', '#79bace', '#52a3bb', '#37899f', '#1f7289', '#0f5c73', '#0b4a5d', '#083947'],
  },
  fontFamily: 'system-ui, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  defaultRadius: 'sm',
  focusRing: 'auto',
});
