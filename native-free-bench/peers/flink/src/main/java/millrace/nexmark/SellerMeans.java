package millrace.nexmark;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
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
 * (auction, seller, price, dateTime), emits the changelog of (seller, mean). A change of one winner changes up to eleven means.
 */
final class SellerMeans extends KeyedProcessFunction<Long, Row, RowData> {
  private static final long serialVersionUID = 1;
  private static final int ROWS = 11;
  private static final Comparator<long[]> BY_TIME =
      Comparator.<long[]>comparingLong(winner -> winner[0]).thenComparingLong(winner -> winner[1]);

  private transient ValueState<List<long[]>> winners;

  @Override
  public void open(OpenContext context) {
    TypeInformation<List<long[]>> type = TypeInformation.of(new TypeHint<List<long[]>>() {});
    winners = getRuntimeContext().getState(new ValueStateDescriptor<>("winners", type));
  }

  @Override
  public void processElement(Row row, Context context, Collector<RowData> out) throws Exception {
    List<long[]> list = winners.value();
    if (list == null) list = new ArrayList<>();
    long time =
        ((java.time.LocalDateTime) row.getField(3))
            .toInstant(java.time.ZoneOffset.UTC)
            .toEpochMilli();
    long[] winner = {time, (Long) row.getField(0), (Long) row.getField(2)};
    long seller = context.getCurrentKey();
    int at = place(list, winner);
    boolean added = row.getKind() == RowKind.INSERT || row.getKind() == RowKind.UPDATE_AFTER;
    int before = added ? at : at + 1;
    for (int i = at; i < Math.min(list.size(), before + ROWS - 1); i++) {
      out.collect(change(RowKind.DELETE, seller, mean(list, i)));
    }
    if (added) list.add(at, winner);
    else list.remove(at);
    int after = added ? at + 1 : at;
    for (int i = at; i < Math.min(list.size(), after + ROWS - 1); i++) {
      out.collect(change(RowKind.INSERT, seller, mean(list, i)));
    }
    winners.update(list);
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
