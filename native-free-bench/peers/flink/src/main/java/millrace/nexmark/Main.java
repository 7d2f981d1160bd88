package millrace.nexmark;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;

/**
 * Runs Nexmark's queries on Flink inside this JVM: one JSON command a line on standard input, one JSON answer a line on standard
 * output. The JVM stays up, so that it stays warm; events made for one command are kept for the next that wants the same.
 */
public final class Main {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Main() {}

  public static void main(String[] args) throws Exception {
    PrintStream answers = System.out;
    // Whatever Flink prints must not come between the answers.
    System.setOut(System.err);
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      ObjectNode answer;
      try {
        answer = answer(JSON.readTree(line));
      } catch (Throwable error) {
        error.printStackTrace();
        answer = JSON.createObjectNode().put("error", rootOf(error).toString());
      }
      answers.println(JSON.writeValueAsString(answer));
      answers.flush();
    }
    System.exit(0);
  }

  private static ObjectNode answer(JsonNode command) throws Exception {
    String query = command.path("query").asText();
    long events = command.path("events").asLong();
    ObjectNode answer = JSON.createObjectNode().put("query", query);
    if (query.equals("self-test")) {
      SelfTest.vectors().forEach(answer.putArray("vectors")::add);
      return answer.put("checksum", SelfTest.checksum(events)).put("md5", SelfTest.md5(events));
    }
    if (!Queries.exists(query)) throw new IllegalArgumentException("no query " + query);
    int rate = command.path("rate").asInt(10_000);
    int groupSize = command.path("outOfOrderGroupSize").asInt(1);
    boolean withGenerator = command.path("withGenerator").asBoolean();
    boolean bidsOnly = Queries.readsBidsOnly(query);
    Events kept = Run.events;
    if (kept == null || !kept.isOf(events, rate, groupSize, bidsOnly, withGenerator)) {
      // Not both at once: they may be large.
      kept = null;
      Run.reset(null);
      kept = new Events(events, rate, groupSize, bidsOnly, withGenerator);
    }
    Run.reset(kept);
    System.gc();
    execute(query, command, bidsOnly);
    RowHash result = Run.result();
    return answer
        .put("rows", result.rows)
        .put("checksum", result.value())
        .put("seconds", Run.seconds())
        .put("eventsPerSecond", events / Run.seconds())
        .put("cpuSeconds", Run.cpuSeconds());
  }

  private static void execute(String query, JsonNode command, boolean bidsOnly) throws Exception {
    int parallelism = command.path("parallelism").asInt(1);
    Configuration configuration = new Configuration();
    configuration.setString(
        "pipeline.object-reuse", Boolean.toString(command.path("objectReuse").asBoolean(true)));
    configuration.setString("state.backend.type", "hashmap");
    configuration.setString("restart-strategy.type", "none");
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.createLocalEnvironment(parallelism, configuration);
    StreamTableEnvironment tables = StreamTableEnvironment.create(environment);
    tables.getConfig().setLocalTimeZone(ZoneOffset.UTC);
    if (command.path("miniBatch").asBoolean()) {
      tables.getConfig().set("table.exec.mini-batch.enabled", "true");
      tables.getConfig().set("table.exec.mini-batch.allow-latency", "2 s");
      tables.getConfig().set("table.exec.mini-batch.size", "50000");
    }
    if (command.path("splitDistinct").asBoolean()) {
      tables.getConfig().set("table.optimizer.distinct-agg.split.enabled", "true");
    }
    declare(tables, bidsOnly);
    if (query.equals("q6")) {
      sellerMeans(tables);
      environment.execute(query);
      return;
    }
    Queries.Query sql = Queries.of(query);
    run(tables, "CREATE TABLE results (" + sql.sink() + ") WITH ('connector' = 'checksum')");
    run(tables, "INSERT INTO results " + sql.select()).await();
  }

  /** One table of events and a view of each kind; or, for queries of bids only, a table of bids. */
  private static void declare(StreamTableEnvironment tables, boolean bidsOnly) {
    String watermark = ", WATERMARK FOR dateTime AS dateTime - INTERVAL '4' SECOND";
    String connector = ") WITH ('connector' = 'nexmark')";
    if (bidsOnly) {
      run(tables, "CREATE TABLE bid (" + columns(Events.BID) + watermark + connector);
    } else {
      run(tables, "CREATE TABLE event (" + columns(Events.ALL) + watermark + connector);
      view(tables, "person", EventGenerator.PERSON, Events.PERSON);
      view(tables, "auction", EventGenerator.AUCTION, Events.AUCTION);
      view(tables, "bid", EventGenerator.BID, Events.BID);
    }
    run(tables, "CREATE VIEW processed_bid AS SELECT *, PROCTIME() AS p_time FROM bid");
    run(
        tables,
        "CREATE TABLE side_input (key BIGINT, `value` STRING) WITH ('connector' = 'side-input')");
    tables.createTemporarySystemFunction("count_char", CountChar.class);
  }

  /** The time column is the event's own, since that is the one that watermarks follow. */
  private static void view(StreamTableEnvironment tables, String name, int kind, DataType type) {
    StringBuilder columns = new StringBuilder();
    for (String column : DataType.getFieldNames(type)) {
      columns.append(columns.isEmpty() ? "" : ", ");
      columns.append(column.equals("dateTime") ? "dateTime" : name + "." + column + " AS " + column);
    }
    run(
        tables,
        "CREATE VIEW " + name + " AS SELECT " + columns + " FROM event WHERE event_type = " + kind);
  }

  private static String columns(DataType type) {
    StringBuilder columns = new StringBuilder();
    RowType row = (RowType) type.getLogicalType();
    for (RowType.RowField field : row.getFields()) {
      columns.append(columns.isEmpty() ? "" : ", ");
      columns.append(field.getName()).append(' ').append(field.getType().asSerializableString());
    }
    return columns.toString();
  }

  private static void sellerMeans(StreamTableEnvironment tables) {
    LogicalType[] columns = {new BigIntType(), new BigIntType()};
    tables
        .toChangelogStream(tables.sqlQuery(quoted(Queries.WINNERS)))
        .keyBy(row -> (Long) row.getField(1))
        .process(new SellerMeans())
        .returns(InternalTypeInfo.ofFields(columns))
        .sinkTo(new ChecksumSink.Rows(columns));
  }

  private static TableResult run(StreamTableEnvironment tables, String statement) {
    return tables.executeSql(quoted(statement));
  }

  /** {@code dateTime} is a word of SQL, unless it is quoted. */
  private static String quoted(String statement) {
    return statement.replaceAll("(?<![\\w`])dateTime(?![\\w`])", "`dateTime`");
  }

  private static Throwable rootOf(Throwable error) {
    Throwable root = error;
    while (root.getCause() != null) root = root.getCause();
    return root;
  }
}
