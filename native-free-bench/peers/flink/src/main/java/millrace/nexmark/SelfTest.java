package millrace.nexmark;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;

/** What must agree with the other side: the checksums of some rows, and the events of the generator. */
final class SelfTest {
  private SelfTest() {}

  /** The vectors of {@code test/native-free-bench/nexmark-checksum.test.ts}. */
  static List<String> vectors() {
    List<String> values = new ArrayList<>();
    Object[][][] tables = {
      {},
      {{}},
      {{1007L, "Apple"}},
      {{"Apple", 1007L}},
      {{-1L, 1L << 40, ""}},
      {{"Z\u00fcrich", "abcd", "abcde"}},
      {{1L}, {2L}, {3L}},
      {{null, 1L}},
    };
    for (Object[][] rows : tables) {
      RowHash hash = new RowHash();
      for (Object[] row : rows) {
        hash.begin();
        for (Object column : row) {
          if (column == null) hash.missing();
          else if (column instanceof String text) hash.text(text);
          else hash.integer((Long) column);
        }
        hash.add();
      }
      values.add(hash.value());
    }
    return values;
  }

  /** Checksum of all columns of all events. */
  static String checksum(long events) {
    EventGenerator generator = new EventGenerator(10_000, 1);
    RowHash hash = new RowHash();
    for (long id = 0; id < events; id++) {
      GenericRowData row = generator.row(id);
      hash.begin();
      for (int i = 0; i < row.getArity(); i++) {
        Object column = row.getField(i);
        if (column instanceof StringData text) hash.text(text.toBytes());
        else if (column instanceof TimestampData time) hash.integer(time.getMillisecond());
        else hash.integer((Long) column);
      }
      hash.add();
    }
    return hash.value();
  }

  /** md5 of the numbers of all events in their text form, a line each. */
  static String md5(long events) throws Exception {
    EventGenerator generator = new EventGenerator(10_000, 1);
    MessageDigest md5 = MessageDigest.getInstance("MD5");
    for (long id = 0; id < events; id++) {
      md5.update((line(id, generator.row(id)) + '\n').getBytes(StandardCharsets.US_ASCII));
    }
    return HexFormat.of().formatHex(md5.digest());
  }

  private static String line(long id, GenericRowData row) {
    switch (EventGenerator.kindOf(id)) {
      case EventGenerator.PERSON:
        String[] name = row.getString(1).toString().split(" ");
        int first = Arrays.asList(Words.FIRST_NAMES).indexOf(name[0]);
        int last = Arrays.asList(Words.LAST_NAMES).indexOf(name[1]);
        int city = Arrays.asList(Words.CITIES).indexOf(row.getString(4).toString());
        return join("P", time(row, 6), row.getLong(0), first, last, city, row.getString(5));
      case EventGenerator.AUCTION:
        return join(
            "A",
            time(row, 5),
            row.getLong(0),
            row.getLong(7),
            row.getLong(8),
            row.getLong(3),
            row.getLong(4),
            time(row, 6));
      default:
        return join("B", time(row, 5), row.getLong(0), row.getLong(1), row.getLong(2));
    }
  }

  private static long time(GenericRowData row, int column) {
    return row.getTimestamp(column, 3).getMillisecond();
  }

  private static String join(Object... parts) {
    StringBuilder line = new StringBuilder();
    for (Object part : parts) line.append(line.isEmpty() ? "" : ",").append(part);
    return line.toString();
  }
}
