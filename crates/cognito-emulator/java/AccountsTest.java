// Tests of an application with the extension. Applications with the AWS SDK for Java set
// endpointOverride(URI.create(cognito.url())); this one sends its requests by the JDK's HttpClient.

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class AccountsTest {
    @RegisterExtension
    static final CognitoEmulator cognito = new CognitoEmulator();

    @Test
    void customerSignsUpAndSignsIn() throws Exception {
        send("SignUp", """
                {"ClientId": "%s", "Username": "carol", "Password": "Correct-horse1",
                 "UserAttributes": [{"Name": "email", "Value": "carol@example.com"}]}""",
                cognito.clientId());
        send("ConfirmSignUp", """
                {"ClientId": "%s", "Username": "carol", "ConfirmationCode": "%s"}""",
                cognito.clientId(), cognito.code("carol"));
        assertEquals(200, signIn("carol", "Correct-horse1").statusCode());
    }

    @Test
    void wrongPasswordIsRejected() throws Exception {
        cognito.createUser("alice");
        var response = signIn("alice", "Wrong-horse1");
        assertEquals(400, response.statusCode());
        assertTrue(response.body().contains("Incorrect username or password."), response.body());
    }

    @Test
    void codeExpires() throws Exception {
        cognito.createUser("alice");
        send("ForgotPassword", """
                {"ClientId": "%s", "Username": "alice"}""", cognito.clientId());
        String code = cognito.code("alice");
        cognito.advanceClock(Duration.ofHours(2));
        var response = send("ConfirmForgotPassword", """
                {"ClientId": "%s", "Username": "alice", "Password": "Changed-horse1",
                 "ConfirmationCode": "%s"}""", cognito.clientId(), code);
        assertTrue(response.body().contains("ExpiredCodeException"), response.body());
    }

    private static HttpResponse<String> signIn(String username, String password) throws Exception {
        return send("InitiateAuth", """
                {"ClientId": "%s", "AuthFlow": "USER_PASSWORD_AUTH",
                 "AuthParameters": {"USERNAME": "%s", "PASSWORD": "%s"}}""",
                cognito.clientId(), username, password);
    }

    private static HttpResponse<String> send(String operation, String body, String... values)
            throws Exception {
        var request = HttpRequest.newBuilder(URI.create(cognito.url()))
                .header("Content-Type", "application/x-amz-json-1.1")
                .header("X-Amz-Target", "AWSCognitoIdentityProviderService." + operation)
                .POST(HttpRequest.BodyPublishers.ofString(body.formatted((Object[]) values)));
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
