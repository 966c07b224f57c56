package org.stabledino.detection.evaluation;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * The twelve COCO figures and their parts; each lies in [0, 1], or is -1 where no annotation
 * counts.
 *
 * @param ap average precision over the IoU thresholds 0.50 to 0.95, all areas
 * @param ap50 average precision at IoU 0.50
 * @param ap75 average precision at IoU 0.75
 * @param apSmall average precision for areas up to 32 x 32
 * @param apMedium average precision for areas from 32 x 32 to 96 x 96
 * @param apLarge average precision for areas from 96 x 96
 * @param ar1 average recall with one detection per image and category
 * @param ar10 average recall with ten detections per image and category
 * @param ar100 average recall with a hundred detections per image and category
 * @param arSmall average recall for areas up to 32 x 32
 * @param arMedium average recall for areas from 32 x 32 to 96 x 96
 * @param arLarge average recall for areas from 96 x 96
 * @param apByIou average precision at IoU 0.50, 0.55 ... 0.95
 * @param perClass the figures of each category, by ascending id
 */
public record CocoMetrics(
    double ap,
    double ap50,
    double ap75,
    double apSmall,
    double apMedium,
    double apLarge,
    double ar1,
    double ar10,
    double ar100,
    double arSmall,
    double arMedium,
    double arLarge,
    List<Double> apByIou,
    List<ClassMetrics> perClass) {

  /** Freezes the lists. */
  public CocoMetrics {
    apByIou = List.copyOf(apByIou);
    perClass = List.copyOf(perClass);
  }

  /**
   * The twelve figures in their usual order under their usual short names: AP, AP50, AP75, APs,
   * APm, APl, AR1, AR10, AR100, ARs, ARm, ARl.
   *
   * @return name to figure, in that order
   */
  public SequencedMap<String, Double> figures() {
    SequencedMap<String, Double> figures = new LinkedHashMap<>();
    figures.put("AP", ap);
    figures.put("AP50", ap50);
    figures.put("AP75", ap75);
    figures.put("APs", apSmall);
    figures.put("APm", apMedium);
    figures.put("APl", apLarge);
    figures.put("AR1", ar1);
    figures.put("AR10", ar10);
    figures.put("AR100", ar100);
    figures.put("ARs", arSmall);
    figures.put("ARm", arMedium);
    figures.put("ARl", arLarge);
    return figures;
  }

  /**
   * Average precision by IoU threshold, under the names 0.50, 0.55 ... 0.95.
   *
   * @return threshold to figure, ascending
   */
  public Map<String, Double> figuresByIou() {
    Map<String, Double> figures = new LinkedHashMap<>();
    for (int i = 0; i < apByIou.size(); i++) {
      figures.put("0." + (50 + 5 * i), apByIou.get(i));
    }
    return figures;
  }

  /**
   * The twelve figures as the twelve lines that users of COCO know.
   *
   * @return twelve lines, each ended by a newline
   */
  public String summary() {
    return MetricsText.summary(this);
  }

  /**
   * One line per category and a line for all of them, in per cent.
   *
   * @return a text table, each line ended by a newline
   */
  public String classTable() {
    return MetricsText.classTable(this);
  }
}
