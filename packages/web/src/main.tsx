import "./style/tokens.css";
import "./style/base.css";
import "./style/parts.css";
import "./style/layout.css";
import "./style/timeline.css";
import "./style/composer.css";
import "./style/dialogs.css";
import { render } from "preact";
import { App } from "./views/app.tsx";

render(<App />, document.getElementById("app")!);
