#!/usr/bin/env node
import { loadGhtFile } from './ght/ght-file.js';
import { EXIT_CONFIGURATION, exitOnSettingsError } from './settings.errors.js';

const path = process.argv[2] ?? process.env['PFI_GHT_FILE'];
if (path === undefined || path === '') {
  process.stderr.write('usage : pfi check <fichier du GHT>\n');
  process.exit(EXIT_CONFIGURATION);
}
const file = await exitOnSettingsError(() => loadGhtFile(path));
process.stdout.write(
  `fichier valide : ${file.ght.name}, ${file.legalEntities.length} entité(s) juridique(s), ${file.sources.length} source(s)\n`,
);
