export { startSimulators, type Simulators } from './simulators.js';
export { readConfig, type SimulatorConfig } from './config.js';
