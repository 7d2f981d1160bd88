package millrace.nexmark;

import java.nio.charset.StandardCharsets;

/**
 * The checksum by which results are compared, as {@code native-free-bench/nexmark/checksum.ts} defines it: a row is a sequence
 * of 32-bit words that go through two hashes, and each hash is summed over the rows.
 */
final class RowHash {
  private int low;
  private int high;

  /** Rows added less rows retracted. */
  long rows;

  int lowSum;
  int highSum;

  void begin() {
    low = 0x2f0b4a27;
    high = 0x61c88647;
  }

  void integer(long value) {
    word((int) value);
    word((int) (value >> 32));
  }

  /** A null: changes of aggregates in two phases have some on their way. */
  void missing() {
    word(0x6e756c6c);
  }

  void text(byte[] utf8) {
    word(utf8.length);
    int at = 0;
    for (; at + 4 <= utf8.length; at += 4) {
      word(
          (utf8[at] & 0xff)
              | (utf8[at + 1] & 0xff) << 8
              | (utf8[at + 2] & 0xff) << 16
              | (utf8[at + 3] & 0xff) << 24);
    }
    if (at == utf8.length) return;
    int last = 0;
    for (int shift = 0; at < utf8.length; at++, shift += 8) last |= (utf8[at] & 0xff) << shift;
    word(last);
  }

  void text(String text) {
    text(text.getBytes(StandardCharsets.UTF_8));
  }

  void add() {
    rows++;
    lowSum += finish(low);
    highSum += finish(high);
  }

  void retract() {
    rows--;
    lowSum -= finish(low);
    highSum -= finish(high);
  }

  void merge(RowHash other) {
    rows += other.rows;
    lowSum += other.lowSum;
    highSum += other.highSum;
  }

  String value() {
    return String.format("%08x%08x", highSum, lowSum);
  }

  private void word(int word) {
    int mixed = Integer.rotateLeft(word * 0xcc9e2d51, 15) * 0x1b873593;
    low = Integer.rotateLeft(low ^ mixed, 13) * 5 + 0xe6546b64;
    high = Integer.rotateLeft(high ^ mixed, 17) * 9 + 0x52dce729;
  }

  private static int finish(int hash) {
    int h = (hash ^ hash >>> 16) * 0x85ebca6b;
    h = (h ^ h >>> 13) * 0xc2b2ae35;
    return h ^ h >>> 16;
  }
}
