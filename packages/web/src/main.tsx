import "./style/tokens.css";
import "./style/base.css";
import "./style/parts.css";
import "./style/welcome.css";
import "./style/chat.css";
import "./style/sidebar.css";
import "./style/people.css";
import "./style/room.css";
import "./style/timeline.css";
import "./style/text.css";
import "./style/over.css";
import "./style/empty.css";
import "./style/composer.css";
import "./style/dialogs.css";
import { render } from "preact";
import { App } from "./views/app.tsx";

render(<App />, document.getElementById("app")!);
