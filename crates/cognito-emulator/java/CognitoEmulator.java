// A JUnit 5 extension that runs cognito-emulator. Copy this file into your tests; it needs only the
// JDK (17 or newer) and JUnit 5.

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Amazon Cognito user pools for tests, without AWS.
 *
 * <pre>{@code
 * @RegisterExtension
 * static final CognitoEmulator cognito = new CognitoEmulator();
 * }</pre>
 *
 * The emulator starts before the tests of a class, is reset before each test, and stops after the
 * class and its nested classes, or with the process if that is killed. If {@link #start} started it
 * earlier, it is not stopped, and serves further classes. By default it has the pool {@code
 * us-east-1_Example01}, whose app client {@code 1example23456789} allows every flow. The program is
 * taken from the variable {@code COGNITO_EMULATOR_PROGRAM}, or is {@code cognito-emulator} on the
 * path.
 */
public final class CognitoEmulator
        implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback, AutoCloseable {
    public static final String PASSWORD = "Correct-horse1";

    private static final String SEED = """
            {"Pools": [{"Id": "us-east-1_Example01", "PoolName": "tests",
              "AutoVerifiedAttributes": ["email"],
              "Clients": [{"ClientId": "1example23456789", "ClientName": "tests",
                "ExplicitAuthFlows": ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_CUSTOM_AUTH",
                  "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH",
                  "ALLOW_USER_SRP_AUTH"]}]}]}
            """;

    private final HttpClient http = HttpClient.newHttpClient();
    private final Path seedFile;
    private final List<String> arguments;
    private Process process;
    private Map<String, Object> ready;
    /** The class or test that started the process, and must stop it. */
    private String owner;

    /** Creates an emulator with the default pool. */
    public CognitoEmulator() {
        this(null);
    }

    /** Creates an emulator with a seed file, and further options of {@code cognito-emulator serve}. */
    public CognitoEmulator(Path seedFile, String... arguments) {
        this.seedFile = seedFile;
        this.arguments = List.of(arguments);
    }

    /** Connects to a running emulator, such as one in a container. {@link #close} does not stop it. */
    public static CognitoEmulator connect(String url) {
        var emulator = new CognitoEmulator();
        emulator.ready = Map.of("url", url.replaceAll("/+$", ""));
        emulator.ready = Map.of("url", emulator.url(), "pools", emulator.pools());
        return emulator;
    }

    /** Returns the pools in the format of the ready line. */
    private List<Map<String, ?>> pools() {
        List<Map<String, ?>> pools = new ArrayList<>();
        for (Object element : Json.list(testValue("GET", "pools", null))) {
            var pool = Json.object(element);
            List<Map<String, ?>> clients = new ArrayList<>();
            for (Object client : Json.list(pool.get("Clients"))) {
                clients.add(Map.of("id", Json.object(client).get("ClientId")));
            }
            pools.add(Map.of("id", pool.get("Id"), "issuer", pool.get("Issuer"), "clients", clients));
        }
        return pools;
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        startFor(context);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        startFor(context);
        reset();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        closeFor(context);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        closeFor(context);
    }

    private synchronized void startFor(ExtensionContext context) {
        if (ready == null) {
            start();
            owner = context.getUniqueId();
        }
    }

    // JUnit calls afterAll for nested classes, too.
    private synchronized void closeFor(ExtensionContext context) {
        if (context.getUniqueId().equals(owner)) {
            close();
        }
    }

    /** Starts the emulator, unless it runs. */
    public synchronized void start() {
        if (ready != null) {
            return;
        }
        try {
            Path defaults = seedFile == null ? Files.createTempFile("cognito-emulator", ".json") : null;
            try {
                if (defaults != null) {
                    Files.writeString(defaults, SEED);
                }
                launch(defaults == null ? seedFile : defaults);
            } finally {
                if (defaults != null) {
                    Files.delete(defaults);
                }
            }
        } catch (IOException error) {
            throw new UncheckedIOException("cannot start the emulator: " + error.getMessage(), error);
        }
    }

    private void launch(Path seed) throws IOException {
        String program = System.getenv().getOrDefault("COGNITO_EMULATOR_PROGRAM", "cognito-emulator");
        List<String> command = new ArrayList<>(List.of(program, "serve", "--ready-json"));
        command.addAll(List.of("--exit-with-stdin", "--seed-file", seed.toString()));
        command.addAll(arguments);
        File log = File.createTempFile("cognito-emulator", ".log");
        log.deleteOnExit();
        // The standard input is a pipe, which the operating system closes when this process ends.
        try {
            process = new ProcessBuilder(command).redirectError(log).start();
        } catch (IOException error) {
            String remedy = "; install cognito-emulator, or set COGNITO_EMULATOR_PROGRAM to its path";
            throw new IOException("cannot run " + program + remedy + " (" + error.getMessage() + ")", error);
        }
        // A program that does not become ready is killed, which also ends its output.
        var limit = CompletableFuture.delayedExecutor(20, TimeUnit.SECONDS);
        var late = CompletableFuture.runAsync(process::destroyForcibly, limit);
        var output = new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8);
        String line = new BufferedReader(output).readLine();
        // Other programs print other lines.
        if (line == null || !line.startsWith("{") || !late.cancel(false)) {
            close();
            throw new IOException(program + " is not ready: " + Files.readString(log.toPath()).strip());
        }
        ready = Json.object(Json.parse(line));
    }

    /** Stops the emulator. */
    @Override
    public synchronized void close() {
        if (process == null) {
            return;
        }
        try {
            process.getOutputStream().close();
            if (!process.waitFor(6, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException error) {
            process.destroyForcibly();
        } catch (InterruptedException error) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        process = null;
        ready = null;
        owner = null;
    }

    private Map<String, Object> ready() {
        if (ready == null) {
            throw new IllegalStateException("the emulator is not running; call start");
        }
        return ready;
    }

    /** Returns the http address, for {@code endpointOverride} of the AWS SDK. */
    public String url() {
        return (String) ready().get("url");
    }

    /** Returns the id of the emulator's process. */
    public long pid() {
        return process.pid();
    }

    /** Returns the id of the first pool. */
    public String poolId() {
        return (String) pool().get("id");
    }

    /** Returns the issuer of its tokens, for example for {@code issuer-uri} of Spring Security. */
    public String issuer() {
        return (String) pool().get("issuer");
    }

    /** Returns the id of its first app client. */
    public String clientId() {
        return (String) Json.object(Json.list(pool().get("clients")).get(0)).get("id");
    }

    private Map<String, Object> pool() {
        return Json.object(Json.list(ready().get("pools")).get(0));
    }

    /** Resets the emulator to its state after the start, and the clock to the system time. */
    public void reset() {
        test("POST", "reset", Map.of());
        // Ids that are missing from the seed file change with a reset.
        ready = with(ready(), Map.of("pools", pools()));
    }

    /** Creates a confirmed user with {@link #PASSWORD}, and missing groups. */
    public void createUser(String username, String... groups) {
        String email = username.contains("@") ? username : username + "@example.com";
        var user = Map.of("UserPoolId", poolId(), "Username", username);
        var attributes = List.of(
                Map.of("Name", "email", "Value", email),
                Map.of("Name", "email_verified", "Value", "true"));
        var silent = Map.of("MessageAction", "SUPPRESS", "UserAttributes", attributes);
        call("AdminCreateUser", with(user, silent));
        call("AdminSetUserPassword", with(user, Map.of("Password", PASSWORD, "Permanent", true)));
        for (String group : groups) {
            try {
                call("CreateGroup", Map.of("UserPoolId", poolId(), "GroupName", group));
            } catch (Rejected rejected) {
                if (!rejected.code.equals("GroupExistsException")) {
                    throw rejected;
                }
            }
            call("AdminAddUserToGroup", with(user, Map.of("GroupName", group)));
        }
    }

    /** Returns the code of the last message to a user. */
    public String code(String username) {
        String query = "UserPoolId=" + encode(poolId()) + "&Username=" + encode(username);
        return (String) test("GET", "code?" + query, null).get("Code");
    }

    /** Issues an access token without a sign-in. The claims replace those of a sign-in. */
    public String accessToken(String username, Map<String, ?> claims) {
        return (String) tokens(username, claims).get("AccessToken");
    }

    /** Issues {@code AccessToken}, {@code IdToken} and, if the user exists, {@code RefreshToken}. */
    public Map<String, Object> tokens(String username, Map<String, ?> claims) {
        var all = with(Map.of("username", username, "cognito:username", username), claims);
        var request = Map.of("UserPoolId", poolId(), "ClientId", clientId(), "Claims", all);
        return test("POST", "tokens", request);
    }

    /** Moves the clock, by which codes and tokens expire, ahead by whole seconds. */
    public void advanceClock(Duration by) {
        if (by.getNano() != 0) {
            throw new IllegalArgumentException("the clock moves by whole seconds, not by " + by);
        }
        test("POST", "clock", Map.of("AdvanceSeconds", by.toSeconds()));
    }

    /** Plans a fault for the next call of an operation, such as {@code Throttled}. */
    public void planFault(String operation, String fault) {
        test("POST", "faults", Map.of("Operation", operation, "Fault", fault));
    }

    /** Runs an operation of the API, such as {@code AdminGetUser}. */
    public Map<String, Object> call(String operation, Map<String, ?> members) {
        var request = HttpRequest.newBuilder(URI.create(url()))
                .header("Content-Type", "application/x-amz-json-1.1")
                .header("X-Amz-Target", "AWSCognitoIdentityProviderService." + operation)
                .POST(HttpRequest.BodyPublishers.ofString(Json.write(members)));
        return Json.object(send(operation, request));
    }

    /** Sends a request to the test interface. */
    private Map<String, Object> test(String method, String path, Map<String, ?> members) {
        return Json.object(testValue(method, path, members));
    }

    private Object testValue(String method, String path, Map<String, ?> members) {
        var body = members == null
                ? HttpRequest.BodyPublishers.noBody()
                : HttpRequest.BodyPublishers.ofString(Json.write(members));
        var address = URI.create(url() + "/_emulator/" + path);
        return send(path, HttpRequest.newBuilder(address).method(method, body));
    }

    private Object send(String name, HttpRequest.Builder request) {
        HttpResponse<String> response;
        try {
            var limited = request.timeout(Duration.ofSeconds(30)).build();
            response = http.send(limited, HttpResponse.BodyHandlers.ofString());
        } catch (IOException error) {
            throw new UncheckedIOException("the emulator does not respond", error);
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(error);
        }
        String text = response.body().isEmpty() ? "{}" : response.body();
        Object body = Json.parse(text);
        if (response.statusCode() >= 300) {
            Map<String, Object> error = Json.object(body);
            throw new Rejected(name, String.valueOf(error.get("__type")), String.valueOf(error.get("message")));
        }
        return body;
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static Map<String, Object> with(Map<String, ?> members, Map<String, ?> more) {
        Map<String, Object> all = new LinkedHashMap<>(members);
        all.putAll(more);
        return all;
    }

    /** A request that was rejected; the code is the name of the exception. */
    public static final class Rejected extends RuntimeException {
        private static final long serialVersionUID = 1;

        public final String code;

        Rejected(String operation, String code, String message) {
            super(operation + ": " + code + ": " + message);
            this.code = code;
        }
    }

    /** A minimal JSON parser and writer for the emulator's bodies. */
    private static final class Json {
        private final String text;
        private int at;

        private Json(String text) {
            this.text = text;
        }

        static Object parse(String text) {
            return new Json(text).value();
        }

        @SuppressWarnings("unchecked")
        static Map<String, Object> object(Object value) {
            return (Map<String, Object>) value;
        }

        static List<?> list(Object value) {
            return (List<?>) value;
        }

        private Object value() {
            return switch (next()) {
                case '{' -> members();
                case '[' -> elements();
                case '"' -> string();
                default -> word();
            };
        }

        private char next() {
            while (" \t\r\n,:".indexOf(text.charAt(at)) >= 0) {
                at++;
            }
            return text.charAt(at);
        }

        private Map<String, Object> members() {
            Map<String, Object> members = new LinkedHashMap<>();
            for (at++; next() != '}'; ) {
                String name = string();
                members.put(name, value());
            }
            at++;
            return members;
        }

        private List<Object> elements() {
            List<Object> elements = new ArrayList<>();
            for (at++; next() != ']'; ) {
                elements.add(value());
            }
            at++;
            return elements;
        }

        private String string() {
            var string = new StringBuilder();
            for (at++; text.charAt(at) != '"'; at++) {
                string.append(text.charAt(at) == '\\' ? escaped() : text.charAt(at));
            }
            at++;
            return string.toString();
        }

        private char escaped() {
            char kind = text.charAt(++at);
            if (kind == 'u') {
                at += 4;
                return (char) Integer.parseInt(text.substring(at - 3, at + 1), 16);
            }
            int index = "bfnrt".indexOf(kind);
            return index < 0 ? kind : "\b\f\n\r\t".charAt(index);
        }

        private Object word() {
            int start = at;
            while (at < text.length() && ",]} \t\r\n".indexOf(text.charAt(at)) < 0) {
                at++;
            }
            String word = text.substring(start, at);
            return switch (word) {
                case "null" -> null;
                case "true" -> true;
                case "false" -> false;
                default -> Double.valueOf(word);
            };
        }

        static String write(Object value) {
            if (value instanceof Map<?, ?> members) {
                List<String> written = new ArrayList<>();
                members.forEach((name, member) -> written.add(write(name) + ":" + write(member)));
                return join("{", written, "}");
            }
            if (value instanceof Iterable<?> elements) {
                List<String> written = new ArrayList<>();
                elements.forEach(element -> written.add(write(element)));
                return join("[", written, "]");
            }
            return value instanceof String string ? quoted(string) : String.valueOf(value);
        }

        private static String join(String open, List<String> parts, String close) {
            return open + String.join(",", parts) + close;
        }

        private static String quoted(String string) {
            var quoted = new StringBuilder("\"");
            for (char c : string.toCharArray()) {
                if (c == '"' || c == '\\' || c < ' ') {
                    quoted.append(String.format("\\u%04x", (int) c));
                } else {
                    quoted.append(c);
                }
            }
            return quoted.append('"').toString();
        }
    }
}
