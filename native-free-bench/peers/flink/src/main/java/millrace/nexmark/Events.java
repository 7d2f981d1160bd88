package millrace.nexmark;

import static org.apache.flink.table.api.DataTypes.BIGINT;
import static org.apache.flink.table.api.DataTypes.FIELD;
import static org.apache.flink.table.api.DataTypes.INT;
import static org.apache.flink.table.api.DataTypes.ROW;
import static org.apache.flink.table.api.DataTypes.STRING;
import static org.apache.flink.table.api.DataTypes.TIMESTAMP;

import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;

/** The events of one run: made before the clock starts as rows in memory, or while it runs. */
final class Events {
  static final DataType PERSON =
      ROW(
          FIELD("id", BIGINT()),
          FIELD("name", STRING()),
          FIELD("emailAddress", STRING()),
          FIELD("creditCard", STRING()),
          FIELD("city", STRING()),
          FIELD("state", STRING()),
          FIELD("dateTime", TIMESTAMP(3)),
          FIELD("extra", STRING()));
  static final DataType AUCTION =
      ROW(
          FIELD("id", BIGINT()),
          FIELD("itemName", STRING()),
          FIELD("description", STRING()),
          FIELD("initialBid", BIGINT()),
          FIELD("reserve", BIGINT()),
          FIELD("dateTime", TIMESTAMP(3)),
          FIELD("expires", TIMESTAMP(3)),
          FIELD("seller", BIGINT()),
          FIELD("category", BIGINT()),
          FIELD("extra", STRING()));
  static final DataType BID =
      ROW(
          FIELD("auction", BIGINT()),
          FIELD("bidder", BIGINT()),
          FIELD("price", BIGINT()),
          FIELD("channel", STRING()),
          FIELD("url", STRING()),
          FIELD("dateTime", TIMESTAMP(3)),
          FIELD("extra", STRING()));
  static final DataType ALL =
      ROW(
          FIELD("event_type", INT()),
          FIELD("person", PERSON),
          FIELD("auction", AUCTION),
          FIELD("bid", BID),
          FIELD("dateTime", TIMESTAMP(3)));

  /** Events of one range; subtask i of n reads the ranges i, i + n, i + 2n, … */
  static final int RANGE_EVENTS = 65_536;

  final long count;
  final int rate;
  final int groupSize;
  final boolean bidsOnly;
  final boolean withGenerator;
  /** By number; null where the event is none of the selected kind. */
  private final RowData[] rows;

  Events(long count, int rate, int groupSize, boolean bidsOnly, boolean withGenerator) {
    this.count = count;
    this.rate = rate;
    this.groupSize = groupSize;
    this.bidsOnly = bidsOnly;
    this.withGenerator = withGenerator;
    this.rows = withGenerator ? null : new RowData[Math.toIntExact(count)];
    if (rows == null) return;
    Maker maker = new Maker(this);
    RowType type = (RowType) (bidsOnly ? BID : ALL).getLogicalType();
    RowDataSerializer serializer = new RowDataSerializer(type);
    for (int number = 0; number < rows.length; number++) {
      RowData row = maker.make(number);
      if (row != null) rows[number] = serializer.toBinaryRow(row).copy();
    }
  }

  boolean isOf(long count, int rate, int groupSize, boolean bidsOnly, boolean withGenerator) {
    return this.count == count
        && this.rate == rate
        && this.groupSize == groupSize
        && this.bidsOnly == bidsOnly
        && this.withGenerator == withGenerator;
  }

  /** Gives rows to one subtask. */
  Maker maker() {
    return new Maker(this);
  }

  /** Makes or looks up rows; one per subtask. */
  static final class Maker {
    private final Events events;
    private final EventGenerator generator;

    private Maker(Events events) {
      this.events = events;
      this.generator = new EventGenerator(events.rate, events.groupSize);
    }

    /** The row with this number, or null if it is none of the selected kind. */
    RowData row(long number) {
      return events.withGenerator ? make(number) : events.rows[(int) number];
    }

    private RowData make(long number) {
      long id = generator.idOf(number);
      int kind = EventGenerator.kindOf(id);
      if (events.bidsOnly) return kind == EventGenerator.BID ? generator.row(id) : null;
      GenericRowData row = generator.row(id);
      GenericRowData event = new GenericRowData(5);
      event.setField(0, kind);
      event.setField(1 + kind, row);
      event.setField(4, row.getField(kind == EventGenerator.PERSON ? 6 : 5));
      return event;
    }
  }
}
