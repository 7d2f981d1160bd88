package millrace.nexmark;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeHint;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.Collector;

/**
 * q6: for each winning bid of a seller the mean price of it and the ten before it, by the time of the bids. Takes the changelog of
 * (auction, seller, price, dateTime), emits the changelog of (seller, mean). A change of one winner changes up to eleven means, and
 * most winners are soon outbid: means are brought up to date when the watermark passes a multiple of two seconds, as in the other
 * queries' mini-batches.
 */
final class SellerMeans extends KeyedProcessFunction<Long, Row, RowData> {
  private static final long serialVersionUID = 1;
  private static final int ROWS = 11;
  private static final long LATENCY_MS = 2000;
  private static final Comparator<long[]> BY_TIME =
      Comparator.<long[]>comparingLong(winner -> winner[0]).thenComparingLong(winner -> winner[1]);

  /** Winners: time, auction, price. */
  private transient ValueState<List<long[]>> winners;

  /** What came since: time, auction, price, and 1 if it was added. */
  private transient ListState<long[]> changes;

  @Override
  public void open(OpenContext context) {
    TypeInformation<List<long[]>> type = TypeInformation.of(new TypeHint<List<long[]>>() {});
    winners = getRuntimeContext().getState(new ValueStateDescriptor<>("winners", type));
    TypeInformation<long[]> change = TypeInformation.of(new TypeHint<long[]>() {});
    changes = getRuntimeContext().getListState(new ListStateDescriptor<>("changes", change));
  }

  @Override
  public void processElement(Row row, Context context, Collector<RowData> out) throws Exception {
    long due = Math.floorDiv(context.timerService().currentWatermark(), LATENCY_MS) + 1;
    context.timerService().registerEventTimeTimer(due * LATENCY_MS);
    long time =
        ((java.time.LocalDateTime) row.getField(3))
            .toInstant(java.time.ZoneOffset.UTC)
            .toEpochMilli();
    boolean added = row.getKind() == RowKind.INSERT || row.getKind() == RowKind.UPDATE_AFTER;
    long auction = (Long) row.getField(0);
    changes.add(new long[] {time, auction, (Long) row.getField(2), added ? 1 : 0});
  }

  @Override
  public void onTimer(long timestamp, OnTimerContext context, Collector<RowData> out)
      throws Exception {
    List<long[]> before = winners.value();
    if (before == null) before = List.of();
    List<long[]> after = changed(before, changes.get());
    changes.clear();
    // What lies before the first change is as it was, and so are means that see none.
    int sizeMin = Math.min(before.size(), after.size());
    int first = 0;
    while (first < sizeMin && before.get(first) == after.get(first)) first++;
    int same = 0;
    while (same < sizeMin - first
        && before.get(before.size() - 1 - same) == after.get(after.size() - 1 - same)) same++;
    int seen = Math.max(0, same - ROWS + 1);
    long[] old = means(before, first, before.size() - seen);
    long[] now = means(after, first, after.size() - seen);
    long seller = context.getCurrentKey();
    for (int i = 0, j = 0; i < old.length || j < now.length; ) {
      if (i < old.length && j < now.length && old[i] == now[j]) {
        i++;
        j++;
      } else if (j == now.length || (i < old.length && old[i] < now[j])) {
        out.collect(change(RowKind.DELETE, seller, old[i++]));
      } else {
        out.collect(change(RowKind.INSERT, seller, now[j++]));
      }
    }
    if (after.isEmpty()) winners.clear();
    else winners.update(after);
  }

  /** The winners after changes; those that stay are the very same arrays. */
  private static List<long[]> changed(List<long[]> before, Iterable<long[]> changes) {
    List<long[]> after = new ArrayList<>(before);
    for (long[] winner : changes) {
      int at = place(after, winner);
      if (winner[3] == 1) after.add(at, winner);
      else if (at < after.size() && BY_TIME.compare(after.get(at), winner) == 0) after.remove(at);
    }
    return after;
  }

  /** Where the winner is, or belongs. */
  private static int place(List<long[]> list, long[] winner) {
    int low = 0;
    int high = list.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (BY_TIME.compare(list.get(middle), winner) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The means at the places from {@code start} to before {@code end}, in ascending order. */
  private static long[] means(List<long[]> list, int start, int end) {
    long[] means = new long[Math.max(0, end - start)];
    for (int i = 0; i < means.length; i++) means[i] = mean(list, start + i);
    java.util.Arrays.sort(means);
    return means;
  }

  private static long mean(List<long[]> list, int last) {
    int first = Math.max(0, last - ROWS + 1);
    long sum = 0;
    for (int i = first; i <= last; i++) sum += list.get(i)[2];
    return sum / (last - first + 1);
  }

  private static RowData change(RowKind kind, long seller, long mean) {
    return GenericRowData.ofKind(kind, seller, mean);
  }
}
