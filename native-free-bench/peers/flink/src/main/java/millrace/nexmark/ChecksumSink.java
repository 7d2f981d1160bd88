package millrace.nexmark;

import java.util.Set;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.sink.SinkV2Provider;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.types.RowKind;

/**
 * The connector {@code checksum}: number and checksum of the rows of the final table. Added rows are added, retracted rows are taken
 * away, so that a changelog comes to the checksum of its final table.
 */
public final class ChecksumSink implements DynamicTableSinkFactory {
  @Override
  public String factoryIdentifier() {
    return "checksum";
  }

  @Override
  public Set<ConfigOption<?>> requiredOptions() {
    return Set.of();
  }

  @Override
  public Set<ConfigOption<?>> optionalOptions() {
    return Set.of();
  }

  @Override
  public DynamicTableSink createDynamicTableSink(Context context) {
    LogicalType type = context.getPhysicalRowDataType().getLogicalType();
    return new Table(type.getChildren().toArray(LogicalType[]::new));
  }

  private record Table(LogicalType[] columns) implements DynamicTableSink {
    @Override
    public ChangelogMode getChangelogMode(ChangelogMode requested) {
      return ChangelogMode.all();
    }

    @Override
    public SinkRuntimeProvider getSinkRuntimeProvider(Context context) {
      return SinkV2Provider.of(new Rows(columns));
    }

    @Override
    public DynamicTableSink copy() {
      return this;
    }

    @Override
    public String asSummaryString() {
      return "checksum";
    }
  }

  /** The sink of rows with these columns. */
  record Rows(LogicalType[] columns) implements Sink<RowData> {
    @Override
    public SinkWriter<RowData> createWriter(WriterInitContext context) {
      return new Writer(columns);
    }
  }

  private static final class Writer implements SinkWriter<RowData> {
    private static final int INTEGER = 0;
    private static final int TEXT = 1;
    private static final int TIME = 2;
    private static final int DECIMAL = 3;

    private final RowHash hash = new RowHash();
    private final int[] kinds;
    private final int[] precisions;
    private final int[] scales;

    Writer(LogicalType[] columns) {
      kinds = new int[columns.length];
      precisions = new int[columns.length];
      scales = new int[columns.length];
      for (int i = 0; i < columns.length; i++) {
        switch (columns[i].getTypeRoot()) {
          case BIGINT -> kinds[i] = INTEGER;
          case VARCHAR -> kinds[i] = TEXT;
          case TIMESTAMP_WITHOUT_TIME_ZONE -> kinds[i] = TIME;
          case DECIMAL -> {
            kinds[i] = DECIMAL;
            precisions[i] = ((DecimalType) columns[i]).getPrecision();
            scales[i] = ((DecimalType) columns[i]).getScale();
          }
          default -> throw new IllegalArgumentException("no checksum of " + columns[i]);
        }
      }
    }

    @Override
    public void write(RowData row, Context context) {
      hash.begin();
      for (int i = 0; i < kinds.length; i++) {
        if (row.isNullAt(i)) {
          hash.missing();
          continue;
        }
        switch (kinds[i]) {
          case INTEGER -> hash.integer(row.getLong(i));
          case TEXT -> hash.text(row.getString(i).toBytes());
          case TIME -> hash.integer(row.getTimestamp(i, 3).getMillisecond());
          default ->
              hash.integer(
                  row.getDecimal(i, precisions[i], scales[i])
                      .toBigDecimal()
                      .unscaledValue()
                      .longValueExact());
        }
      }
      RowKind kind = row.getRowKind();
      if (kind == RowKind.INSERT || kind == RowKind.UPDATE_AFTER) hash.add();
      else hash.retract();
    }

    @Override
    public void flush(boolean endOfInput) {
      if (endOfInput) Run.finished(hash);
    }

    @Override
    public void close() {}
  }
}
