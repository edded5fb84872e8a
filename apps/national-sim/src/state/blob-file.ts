import { open, type FileHandle } from 'node:fs/promises';

export interface BlobPlace {
  readonly offset: number;
  readonly length: number;
}

/** Bytes one after the other in a single file. A place is only worth what the record that names it is worth. */
export class BlobFile {
  readonly #file: FileHandle;
  #end: number;

  private constructor(file: FileHandle, end: number) {
    this.#file = file;
    this.#end = end;
  }

  static async open(path: string): Promise<BlobFile> {
    const file = await open(path, 'a+', 0o600).then(async (created) => {
      await created.close();
      return open(path, 'r+');
    });
    const { size } = await file.stat();
    return new BlobFile(file, size);
  }

  async append(bytes: Buffer): Promise<BlobPlace> {
    const place = { offset: this.#end, length: bytes.length };
    this.#end += bytes.length;
    await this.#file.write(bytes, 0, bytes.length, place.offset);
    return place;
  }

  async read({ offset, length }: BlobPlace): Promise<Buffer> {
    const bytes = Buffer.alloc(length);
    await this.#file.read(bytes, 0, length, offset);
    return bytes;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
