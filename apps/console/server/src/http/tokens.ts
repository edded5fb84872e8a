/** Injection tokens of values that have no class of their own. */
export const CONSOLE_LOGGER = Symbol('logger');
/** Milliseconds. */
export const SESSION_MAX = Symbol('longest session');
export const TOPIC_PREFIX = Symbol('prefix of topics');
