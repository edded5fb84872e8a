export { renderCda } from './render-cda.js';
