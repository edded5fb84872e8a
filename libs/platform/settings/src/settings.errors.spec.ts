import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { exitOnSettingsError, SettingsError } from './settings.errors.js';

describe('the start of a process', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('ends with code 78 and plain lines when a setting is wrong', async () => {
    const lines: string[] = [];
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
    const exit = jest.spyOn(process, 'exit').mockImplementation((code) => {
      throw new Error(`exit ${code}`);
    });
    const start = () => {
      throw new SettingsError('ENVIRONMENT_INVALID', 'Titre.', ['PFI_A : absente', 'PFI_B : absente']);
    };
    await expect(exitOnSettingsError(start)).rejects.toThrow('exit 78');
    expect(exit).toHaveBeenCalledTimes(1);
    expect(lines.join('')).toBe('Titre.\n  - PFI_A : absente\n  - PFI_B : absente\n');
  });

  it('gives the result of a good start, and leaves other errors alone', async () => {
    await expect(exitOnSettingsError(async () => 42)).resolves.toBe(42);
    const bug = new TypeError('bug');
    await expect(
      exitOnSettingsError(() => {
        throw bug;
      }),
    ).rejects.toBe(bug);
  });
});
