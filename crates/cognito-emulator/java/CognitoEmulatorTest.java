// Tests of the extension.

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class CognitoEmulatorTest {
    @RegisterExtension
    static final CognitoEmulator cognito = new CognitoEmulator();

    @Test
    void defaultPoolHasFixedIds() {
        assertEquals("us-east-1_Example01", cognito.poolId());
        assertEquals("1example23456789", cognito.clientId());
        assertEquals(cognito.url() + "/us-east-1_Example01", cognito.issuer());
    }

    @RepeatedTest(3)
    void eachTestBeginsWithTheSeed() {
        assertEquals(List.of(), cognito.call("ListUsers", Map.of("UserPoolId", cognito.poolId())).get("Users"));
        cognito.createUser("alice", "admins", "staff");
    }

    @Test
    void poolWithoutIdsInTheSeedIsUsableAfterAReset(@TempDir Path directory) throws Exception {
        Path seed = directory.resolve("seed.json");
        Files.writeString(seed, "{\"Pools\": [{\"Clients\": [{}]}]}");
        try (var emulator = new CognitoEmulator(seed)) {
            emulator.start();
            emulator.reset();
            emulator.createUser("alice");
            String claims = payload(emulator.accessToken("alice", Map.of()));
            assertTrue(claims.contains("\"client_id\":\"" + emulator.clientId() + "\""), claims);
            assertTrue(claims.contains("\"iss\":\"" + emulator.issuer() + "\""), claims);
        }
    }

    @Test
    void tokensCarryClaims() {
        cognito.createUser("alice", "admins");
        String claims = payload(cognito.accessToken("alice", Map.of("custom:tenant", "t1")));
        assertTrue(claims.contains("\"custom:tenant\":\"t1\""), claims);
        assertTrue(claims.contains("[\"admins\"]"), claims);
        assertNull(cognito.tokens("nobody", Map.of()).get("RefreshToken"));
    }

    @Test
    void tokensNameTheUserAsASignInDoes(@TempDir Path directory) throws Exception {
        Path seed = directory.resolve("seed.json");
        Files.writeString(seed, """
                {"Pools": [{"UsernameAttributes": ["email"], "Clients": [
                  {"ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]}]}]}""");
        try (var emulator = new CognitoEmulator(seed)) {
            emulator.start();
            String address = "alice@shop.example";
            emulator.createUser(address);
            var parameters = Map.of("USERNAME", address, "PASSWORD", CognitoEmulator.PASSWORD);
            var response = emulator.call("InitiateAuth", Map.of("ClientId", emulator.clientId(),
                    "AuthFlow", "USER_PASSWORD_AUTH", "AuthParameters", parameters));
            var signedIn = (Map<?, ?>) response.get("AuthenticationResult");
            var tokens = emulator.tokens(address, Map.of());
            for (String kind : List.of("AccessToken", "IdToken")) {
                assertEquals(names((String) signedIn.get(kind)), names((String) tokens.get(kind)));
            }
            assertFalse(payload((String) tokens.get("AccessToken")).contains(address));
        }
    }

    /** The claims that name the user. */
    private static List<String> names(String token) {
        var claims = Pattern.compile("\"(sub|username|cognito:username)\":\"[^\"]*\"").matcher(payload(token));
        return claims.results().map(MatchResult::group).toList();
    }

    @Nested
    class InTheFirstNestedClass {
        @Test
        void theEmulatorIsThatOfTheOuterClass() {
            assertSameEmulator();
        }
    }

    @Nested
    class InTheSecondNestedClass {
        @Test
        void theEmulatorIsThatOfTheOuterClass() {
            assertSameEmulator();
        }
    }

    private static long pidOfAll;

    @BeforeAll
    static void rememberTheEmulator() {
        pidOfAll = cognito.pid();
    }

    private static void assertSameEmulator() {
        assertEquals(pidOfAll, cognito.pid());
    }

    /** The claims of a token as JSON, whose slashes the service and the emulator escape. */
    private static String payload(String token) {
        String claims = new String(Base64.getUrlDecoder().decode(token.split("\\.")[1]), StandardCharsets.UTF_8);
        return claims.replace("\\/", "/");
    }

    @Test
    void runningEmulatorIsUsedAndLeftRunning() {
        try (var connected = CognitoEmulator.connect(cognito.url() + "/")) {
            assertEquals(cognito.url(), connected.url());
            assertEquals(cognito.issuer(), connected.issuer());
            assertEquals(cognito.clientId(), connected.clientId());
            connected.createUser("alice");
        }
        cognito.accessToken("alice", Map.of());
        assertThrows(UncheckedIOException.class, () -> CognitoEmulator.connect("http://127.0.0.1:9"));
    }

    @Test
    void clockHasWholeSeconds() {
        assertThrows(IllegalArgumentException.class, () -> cognito.advanceClock(Duration.ofMillis(1500)));
    }

    @Test
    void stringsOfEveryKindAreParsedAndWritten() {
        String name = "\"\\/\b\n\tÄ\u20ac\ud83d\ude00";
        var user = Map.of("UserPoolId", cognito.poolId(), "Username", "alice");
        cognito.createUser("alice");
        cognito.call("AdminUpdateUserAttributes", Map.of("UserPoolId", cognito.poolId(), "Username", "alice",
                "UserAttributes", List.of(Map.of("Name", "name", "Value", name))));
        var attributes = (List<?>) cognito.call("AdminGetUser", user).get("UserAttributes");
        assertTrue(attributes.contains(Map.of("Name", "name", "Value", name)), attributes.toString());
    }

    @Test
    void plannedFaultIsInjected() {
        cognito.planFault("GetUser", "Throttled");
        var rejected = assertThrows(CognitoEmulator.Rejected.class,
                () -> cognito.call("GetUser", Map.of("AccessToken", "any")));
        assertEquals("TooManyRequestsException", rejected.code);
    }

    @Test
    void seedFileAndItsErrorsAreReported(@TempDir Path directory) throws Exception {
        Path seed = directory.resolve("seed.json");
        Files.writeString(seed, "{\"Pools\": [{\"Id\": \"eu-west-1_Shop\", \"Clients\": [{}]}]}");
        try (var emulator = new CognitoEmulator(seed, "--seed", "7")) {
            emulator.start();
            assertEquals("eu-west-1_Shop", emulator.poolId());
        }
        Files.writeString(seed, "{\"Pools\": [{\"Users\": [{\"Username\": \"\"}]}]}");
        try (var emulator = new CognitoEmulator(seed)) {
            var error = assertThrows(UncheckedIOException.class, emulator::start);
            assertTrue(error.getMessage().contains("Pools[0].Users[0]"), error.getMessage());
        }
    }

    @Test
    void missingProgramIsReportedWithWhatToDo() throws Exception {
        Process ended = java(Starting.class, Map.of("COGNITO_EMULATOR_PROGRAM", "/no/such/program"));
        String error = new String(ended.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(error.contains("cannot run /no/such/program; install cognito-emulator, or set"), error);
    }

    /** A program that starts an emulator. */
    static final class Starting {
        public static void main(String[] arguments) {
            try (var emulator = new CognitoEmulator()) {
                emulator.start();
            }
        }
    }

    private static Process java(Class<?> program, Map<String, String> environment) throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String classes = CognitoEmulator.class.getProtectionDomain().getCodeSource().getLocation().getPath();
        String path = classes + System.getProperty("path.separator") + System.getProperty("java.class.path");
        var builder = new ProcessBuilder(java, "-cp", path, program.getName());
        builder.environment().putAll(environment);
        return builder.start();
    }

    @Test
    void missingSeedFileIsNamed(@TempDir Path directory) throws Exception {
        Path missing = directory.resolve("missing.json");
        try (var emulator = new CognitoEmulator(missing)) {
            var error = assertThrows(UncheckedIOException.class, emulator::start);
            assertTrue(error.getMessage().contains("missing.json"), error.getMessage());
            assertThrows(IllegalStateException.class, emulator::url);
        }
    }

    /** A program that starts an emulator and waits. */
    static final class Waiting {
        public static void main(String[] arguments) throws Exception {
            @SuppressWarnings("resource")
            var emulator = new CognitoEmulator();
            emulator.start();
            System.out.println(emulator.pid());
            Thread.sleep(60_000);
        }
    }

    @Test
    void emulatorEndsWithinASecondOfAKilledRunner() throws Exception {
        Process runner = java(Waiting.class, Map.of());
        var emulator = ProcessHandle.of(Long.parseLong(runner.inputReader().readLine())).orElseThrow();
        assertTrue(emulator.isAlive());
        runner.destroyForcibly();
        assertTimeoutPreemptively(Duration.ofSeconds(1), () -> {
            while (isRunning(emulator)) {
                Thread.sleep(10);
            }
        });
        assertFalse(isRunning(emulator));
    }

    /** Returns false for a zombie, which runs no command. */
    private static boolean isRunning(ProcessHandle process) {
        return process.isAlive() && process.info().command().isPresent();
    }
}
