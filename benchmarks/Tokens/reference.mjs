// The reference: npm tiktoken (WebAssembly), asked by Program.cs. Usage: node reference.mjs <folder of node_modules> <vocabulary> <counts|speed> <file>...
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import path from "node:path";

const [folder, vocabulary, task, ...files] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(folder), "x.js"));
const encoding = require("tiktoken").get_encoding(vocabulary);
const text = new TextDecoder("utf-8", { ignoreBOM: true });

if (task === "counts") {
  // A line of base64 for each text; a line with its count for the answer.
  const counts = readFileSync(files[0], "latin1").split("\n").slice(0, -1)
    .map((line) => encoding.encode_ordinary(text.decode(Buffer.from(line, "base64"))).length);
  process.stdout.write(counts.join("\n") + "\n");
} else {
  for (const file of files) {
    const bytes = readFileSync(file);
    const string = text.decode(bytes);
    encoding.encode_ordinary(string.slice(0, 1000));
    let rounds = 0;
    let tokens = 0;
    // Time of the processor, not of the clock: others may run on this machine.
    const start = process.cpuUsage();
    let microseconds = 0;
    do {
      tokens = encoding.encode_ordinary(string).length;
      rounds++;
      const used = process.cpuUsage(start);
      microseconds = used.user + used.system;
    } while (microseconds < 1e6);
    process.stdout.write(`${tokens} ${(bytes.length * rounds) / microseconds}\n`);
  }
}
