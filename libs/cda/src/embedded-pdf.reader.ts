export declare function embeddedPdf(bytes: Buffer): Buffer | null;
