// Shows messages that arrive while the site is closed. The build fills in the project.
importScripts("https://www.gstatic.com/firebasejs/10.14.1/firebase-app-compat.js");
importScripts("https://www.gstatic.com/firebasejs/10.14.1/firebase-messaging-compat.js");
firebase.initializeApp({
  apiKey: "__FIREBASE_API_KEY__",
  appId: "__FIREBASE_APP_ID__",
  authDomain: "__FIREBASE_AUTH_DOMAIN__",
  messagingSenderId: "__FIREBASE_MESSAGING_SENDER_ID__",
  projectId: "__FIREBASE_PROJECT_ID__",
  storageBucket: "__FIREBASE_STORAGE_BUCKET__",
});
firebase.messaging();
