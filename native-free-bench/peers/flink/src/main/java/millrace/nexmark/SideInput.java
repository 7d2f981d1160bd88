package millrace.nexmark;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.connector.source.LookupTableSource;
import org.apache.flink.table.connector.source.lookup.LookupFunctionProvider;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.functions.LookupFunction;

/** The connector {@code side-input}: a table of 10,000 rows (i, 'i') in memory, to be looked up by its key. */
public final class SideInput implements DynamicTableSourceFactory {
  @Override
  public String factoryIdentifier() {
    return "side-input";
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
  public DynamicTableSource createDynamicTableSource(Context context) {
    return new Table();
  }

  private static final class Table implements LookupTableSource {
    @Override
    public LookupRuntimeProvider getLookupRuntimeProvider(LookupContext context) {
      return LookupFunctionProvider.of(new Lookup());
    }

    @Override
    public DynamicTableSource copy() {
      return new Table();
    }

    @Override
    public String asSummaryString() {
      return "side-input";
    }
  }

  /** Looks a key up. */
  public static final class Lookup extends LookupFunction {
    private static final long serialVersionUID = 1;
    private static final RowData[] ROWS = new RowData[10_000];

    static {
      for (int key = 0; key < ROWS.length; key++) {
        ROWS[key] =
            GenericRowData.of((long) key, StringData.fromString(Integer.toString(key)));
      }
    }

    @Override
    public Collection<RowData> lookup(RowData key) {
      long index = key.getLong(0);
      return index >= 0 && index < ROWS.length ? List.of(ROWS[(int) index]) : List.of();
    }
  }
}
