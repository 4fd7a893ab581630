// The trivial stateful job in Kafka Streams: parse, count and average per customer, say something
// of each 100th event. Processor API, one thread, in-memory store with its changelog,
// exactly_once_v2; everything else as it comes.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

public final class KafkaStreamsJob {
    private static final int EACH = 100;
    private static final double WEIGHT = 0.1;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final long events;
    private final long warmup;
    private final long broker;
    private final CountDownLatch ended = new CountDownLatch(1);
    private long seen;  // by the one thread of the streams; read by others after the latch
    private volatile Throwable failure;
    private long beganAt;
    private double[] began;

    private KafkaStreamsJob(JsonNode spec) {
        events = spec.get("events").asLong();
        warmup = spec.get("warmup").asLong();
        broker = spec.get("broker").asLong();
    }

    private final class Counting implements Processor<byte[], byte[], byte[], byte[]> {
        private ProcessorContext<byte[], byte[]> context;
        private KeyValueStore<byte[], byte[]> store;

        @Override
        public void init(ProcessorContext<byte[], byte[]> context) {
            this.context = context;
            this.store = context.getStateStore("customers");
        }

        @Override
        public void process(Record<byte[], byte[]> record) {
            try {
                JsonNode event = JSON.readTree(record.value());
                JsonNode data = event.get("data");
                byte[] known = store.get(record.key());
                long count = 1;
                double average = data.get("value").asDouble();
                if (known != null) {
                    ByteBuffer state = ByteBuffer.wrap(known);
                    count = state.getLong() + 1;
                    double before = state.getDouble();
                    average = before + WEIGHT * (average - before);
                }
                store.put(record.key(),
                        ByteBuffer.allocate(16).putLong(count).putDouble(average).array());
                if (data.get("n").asLong() % EACH == 0) {
                    ObjectNode said = JSON.createObjectNode();
                    said.put("customer", event.get("subject").asText());
                    said.put("count", count);
                    said.put("average", average);
                    context.forward(record.withValue(JSON.writeValueAsBytes(said)));
                }
            } catch (IOException error) {
                throw new UncheckedIOException(error);
            }
            saw();
        }
    }

    private void saw() {
        seen++;
        if (seen == warmup) {
            beganAt = seen;
            began = read();
        }
        if (seen == events) {
            ended.countDown();
        }
    }

    private double[] read() {
        OperatingSystemMXBean own =
                (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        double of = ProcessHandle.of(broker).orElseThrow().info().totalCpuDuration().orElseThrow()
                .toNanos() / 1e9;
        return new double[] {System.nanoTime() / 1e9, own.getProcessCpuTime() / 1e9, of};
    }

    private void run(JsonNode spec) throws Exception {
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, spec.get("run").asText());
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, spec.get("bootstrap").asText());
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
        settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, spec.get("folder").asText() + "/state");
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");

        Topology topology = new Topology();
        topology.addSource("events", new ByteArrayDeserializer(), new ByteArrayDeserializer(),
                spec.get("prefix").asText() + "interactions");
        topology.addProcessor("counting", Counting::new, "events");
        topology.addStateStore(
                Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore("customers"),
                        Serdes.ByteArray(), Serdes.ByteArray()), "counting");
        topology.addSink("results", spec.get("output").asText(), new ByteArraySerializer(),
                new ByteArraySerializer(), "counting");

        if (warmup == 0) {
            began = read();
        }
        KafkaStreams streams = new KafkaStreams(topology, settings);
        streams.setUncaughtExceptionHandler(error -> {
            failure = error;
            ended.countDown();
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
        streams.start();
        ended.await();
        streams.close();  // commits
        if (failure != null) {
            throw new IllegalStateException(failure);
        }
        double[] now = read();
        String cost = String.format(Locale.ROOT,
                "{\"events\":%d,\"wall_s\":%.6f,\"cpu_s\":%.6f,\"broker_cpu_s\":%.6f,"
                        + "\"cpu_before_s\":%.6f}",
                seen - beganAt, now[0] - began[0], now[1] - began[1], now[2] - began[2], began[1]);
        Files.writeString(Path.of(spec.get("folder").asText(), "result.json"), cost);
    }

    public static void main(String[] arguments) throws Exception {
        JsonNode spec = JSON.readTree(Files.readAllBytes(Path.of(arguments[0])));
        new KafkaStreamsJob(spec).run(spec);
    }
}
